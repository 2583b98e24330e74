// Which source construct owns a holder: the first named step found climbing from it.
#include "server/heap/holder.h"

#include <ranges>

#include "server/heap/code_names.h"
#include "server/heap/edge_steps.h"
#include "server/heap/expression.h"

namespace whyalive::heap {
namespace {

std::string_view moduleFile(const HeapGraph& graph, std::string_view module) {
  for (const ModuleRecord& record : graph.snapshot().modules) {
    if (graph.name(record.name) == module) return graph.name(record.file);
  }
  return {};
}

void ownByClass(const HeapGraph& graph, TypeIndex type, Holder& holder) {
  for (const TypeIndex t : graph.mro(type)) {
    const TypeRecord& info = graph.typeInfo(t);
    holder.mro.push_back(
        {std::string(graph.name(info.module)), std::string(graph.name(info.qualname))});
  }
  if (holder.mro.empty()) {
    const TypeRecord& info = graph.typeInfo(type);
    holder.mro.push_back(
        {std::string(graph.name(info.module)), std::string(graph.name(info.qualname))});
  }
  holder.moduleFile = moduleFile(graph, holder.mro.front().module);
}

// Parts of a C type, such as the map of an OrderedDict, have no statement of their own.
bool isOwnedByPython(const HeapGraph& graph, ObjectIndex o) {
  return graph.typeInfo(graph.type(o)).has(TypeFlag::PythonClass);
}

// The code of the function that an lru_cache wrapper or partial wraps.
ObjectIndex wrappedCode(const HeapGraph& graph, ObjectIndex wrapper) {
  ObjectIndex code = kNoObject;
  graph.forEachReference(wrapper, [&](const Label& label, ObjectIndex target) {
    if (label.kind == LabelKind::Wrapped || label.name == "__wrapped__")
      code = graph.codeOf(target);
    return code == kNoObject;
  });
  return code;
}

void own(Holder& holder, OwnerKind kind, std::string name) {
  holder.owner = kind;
  holder.name = std::move(name);
}

// True when this step says who owns the holder.
bool takeOwner(const Analysis& analysis, const OwnedStep& owned, Holder& holder) {
  const HeapGraph& graph = analysis.graph();
  const Step& step = owned.step;
  switch (step.kind) {
    case StepKind::Attribute:
    case StepKind::Slot:
      if (owned.owner == kNoObject || !isOwnedByPython(graph, owned.owner)) return false;
      own(holder, OwnerKind::Attribute, step.name);
      ownByClass(graph, graph.type(owned.owner), holder);
      return true;
    case StepKind::ClassAttribute:
      own(holder, OwnerKind::ClassAttribute, step.name);
      ownByClass(graph, graph.typeOfTypeObject(owned.owner), holder);
      return true;
    case StepKind::Global:
      own(holder, OwnerKind::Global, step.name);
      holder.module = graph.name(graph.module(owned.owner)->name);
      holder.moduleFile = graph.name(graph.module(owned.owner)->file);
      return true;
    case StepKind::Closure:
      own(holder, OwnerKind::Closure, step.name);
      holder.function = functionName(graph, graph.codeOf(owned.owner));
      return true;
    case StepKind::Local: {
      own(holder, OwnerKind::Local, step.name);
      holder.function = functionName(graph, owned.owner);
      return true;
    }
    case StepKind::ThreadLocal:
      own(holder, OwnerKind::Attribute, step.name);
      ownByClass(graph, graph.type(owned.owner), holder);
      return true;
    case StepKind::Default:
      if (graph.codeOf(owned.owner) == kNoObject) return false;
      own(holder, OwnerKind::Default, step.name);
      holder.function = functionName(graph, graph.codeOf(owned.owner));
      return true;
    case StepKind::Wrapped: {
      const ObjectIndex code = wrappedCode(graph, owned.owner);
      if (code == kNoObject) return false;
      own(holder, OwnerKind::Memo, step.name);
      holder.function = functionName(graph, code);
      return true;
    }
    default: return false;
  }
}

// Where the frame stands whose variable it is.
std::uint32_t lineOf(const Analysis& analysis, std::span<const ObjectIndex> path,
                     ObjectIndex code) {
  const HeapGraph& graph = analysis.graph();
  if (const Root* root = path.empty() ? nullptr : analysis.roots().at(path.front());
      root != nullptr && root->group == RootGroup::Frame &&
      graph.snapshot().frames[root->frame].code == code) {
    return graph.snapshot().frames[root->frame].line;
  }
  for (const ObjectIndex o : path) {
    const FrameRecord* frame = graph.frameOfOwner(o);
    if (frame != nullptr && frame->code == code) return frame->line;
  }
  return 0;
}

}  // namespace

Holder describeHolder(const Analysis& analysis, ObjectIndex o) {
  Holder holder;
  std::vector<ObjectIndex> path = analysis.paths().to(o);
  // A namespace that is filled like a container is its owner: `settings`, not `settings.__dict__`.
  if (path.size() > 1 && analysis.graph().attributesDict(path[path.size() - 2]) == o) {
    path.pop_back();
    o = path.back();
  }
  holder.object = o;
  holder.type = analysis.graph().typeName(o);
  const std::vector<OwnedStep> steps = ownedStepsAlong(analysis, path, Masking::None);
  for (const OwnedStep& owned : steps) holder.steps.push_back(owned.step);
  holder.expression = steps.empty() ? expressionTo(analysis, o) : expressionOf(holder.steps);
  for (const OwnedStep& owned : std::views::reverse(steps)) {
    if (!takeOwner(analysis, owned, holder)) continue;
    if (holder.owner == OwnerKind::Local) holder.line = lineOf(analysis, path, owned.owner);
    break;
  }
  return holder;
}

}  // namespace whyalive::heap
