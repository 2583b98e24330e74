#include "server/heap/suspects/describe.h"

#include <algorithm>
#include <ranges>

#include "server/heap/amounts.h"
#include "server/heap/code_names.h"
#include "server/heap/expression.h"
#include "server/heap/suspects/evidence.h"

namespace whyalive::heap {
namespace {

// Whether the holder lies below what is named: "REG['x']" is an entry of REG.
bool hasAnonymousEnd(const Holder& holder) {
  if (holder.steps.empty()) return false;
  const StepKind kind = holder.steps.back().kind;
  return kind == StepKind::Key || kind == StepKind::Index || kind == StepKind::Member;
}

// Whether a thread-local or context variable owns the holder, not an object that hangs below it.
bool isOwnedByContext(const Holder& holder) {
  for (const Step& step : std::views::reverse(holder.steps)) {
    if (step.kind == StepKind::ThreadLocal || step.kind == StepKind::ContextVar) return true;
    const bool named =
        step.kind != StepKind::Key && step.kind != StepKind::Index && step.kind != StepKind::Member;
    if (named && step.name == holder.name && holder.owner != OwnerKind::Native) return false;
  }
  return false;
}

// The interpreter's own state has a name (callbacks for its end), what an extension holds has none.
std::string rootName(const Ground& ground, const Candidate& candidate) {
  const Root* root = ground.analysis().roots().at(candidate.holder);
  return root == nullptr ? "" : root->name;
}
bool isHeldFromC(const Ground& ground, const Candidate& candidate) {
  return candidate.rule == FoundBy::NativeRoots && rootName(ground, candidate).empty();
}

std::string heldBy(const Ground& ground, const Candidate& candidate) {
  if (!isHeldFromC(ground, candidate)) {
    return " are held by the interpreter: " + rootName(ground, candidate);
  }
  const Root* root = ground.analysis().roots().at(candidate.holder);
  if (root == nullptr || root->keeper == kNoObject) return " are held from C";
  return " are held from C by " + std::string(ground.graph().typeName(root->keeper));
}

std::string titleOf(const Ground& ground, const Candidate& candidate, const Holder& holder) {
  const HeapGraph& graph = ground.graph();
  const std::string name = holderName(holder);
  switch (candidate.rule) {
    case FoundBy::Chain:
      return name + " begins a chain of " + formatCount(candidate.entries) + " " + holder.type;
    case FoundBy::Leaf:
      return name + " is one " + holder.type + " of " +
             formatBytes(graph.size(candidate.holder) + graph.nativeSize(candidate.holder));
    case FoundBy::NativeRoots:
      return counted(candidate.entries, "object", "objects") + " of type " + holder.type +
             heldBy(ground, candidate);
    case FoundBy::Frames:
      return counted(candidate.entries, "frame", "frames") + " of " +
             std::string(lastPart(holder.function.qualname)) + " hold " + holder.name;
    case FoundBy::Accumulation:
    case FoundBy::Group: break;
  }
  if (!candidate.equal.empty()) {
    return formatCount(candidate.equal.size() + 1) + " times " + name + " hold " +
           counted(candidate.entries, "entry", "entries");
  }
  return name + " holds " + counted(candidate.entries, "entry", "entries");
}

}  // namespace

std::string holderName(const Holder& holder) {
  const std::string end = hasAnonymousEnd(holder) ? "[…]" : "";
  const std::string function(lastPart(holder.function.qualname));
  if (isOwnedByContext(holder)) return holder.expression;  // a threading.local's class says nothing
  switch (holder.owner) {
    case OwnerKind::Attribute:
    case OwnerKind::ClassAttribute:
      return std::string(lastPart(holder.mro.front().qualname)) + "." + holder.name + end;
    case OwnerKind::Global: return holder.module + "." + holder.name + end;
    case OwnerKind::Closure: return "variable " + holder.name + end + " captured by " + function;
    case OwnerKind::Local: return "local " + holder.name + end + " of " + function;
    case OwnerKind::Memo: return "the cache of " + function;
    case OwnerKind::Default: return "default of " + holder.name + end + " in " + function;
    case OwnerKind::Native: break;
  }
  return holder.expression;
}

Suspect describeSuspect(const Ground& ground, const PathTree& tree, const Candidate& candidate) {
  Suspect suspect;
  if (isHeldFromC(ground, candidate)) suspect.kind = SuspectKind::Native;
  if (candidate.rule == FoundBy::Frames) suspect.kind = SuspectKind::Suspended;
  suspect.count = candidate.entries;
  suspect.retained = candidate.score;
  suspect.holder = describeHolder(ground.analysis(), candidate.holder);
  suspect.title = titleOf(ground, candidate, suspect.holder);
  suspect.signature = candidate.node == kNoPathNode ? "" : tree.signature(candidate.node);
  suspect.types = retainedTypes(ground, candidate);
  suspect.evidence = evidenceOf(ground, candidate.holder);
  for (const ObjectIndex o : candidate.joint) {
    suspect.jointHolders.push_back(describeHolder(ground.analysis(), o));
  }
  return suspect;
}

}  // namespace whyalive::heap
