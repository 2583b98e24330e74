#include "server/heap/edge_steps.h"

#include <algorithm>

#include "server/heap/code_names.h"
#include "server/heap/context_maps.h"
#include "server/heap/edge_choice.h"
#include "server/heap/held_from_c.h"

namespace whyalive::heap {
namespace {

constexpr std::string_view kMask = "…";
constexpr std::size_t kWholeEnds = 200;  // references at each end of a path that are written out

std::string functionAt(const HeapGraph& graph, const FrameRecord& frame) {
  const FunctionName function = functionName(graph, frame.code);
  return std::string(lastPart(function.qualname)) + " (" + std::string(baseName(function.file)) +
         ":" + std::to_string(frame.line) + ")";
}

class Walker {
 public:
  Walker(const Analysis& analysis, Masking masking)
      : analysis_(analysis), graph_(analysis.graph()), masking_(masking) {}

  std::vector<OwnedStep> walk(std::span<const ObjectIndex> path) {
    if (path.empty()) return {};
    start(path[0]);
    if (path.size() <= 2 * kWholeEnds) {
      for (std::size_t i = 1; i < path.size(); ++i) advance(path[i - 1], path[i]);
      return std::move(steps_);
    }
    // A list of a million links: nobody reads the middle.
    for (std::size_t i = 1; i < kWholeEnds; ++i) advance(path[i - 1], path[i]);
    const std::size_t last = path.size() - kWholeEnds;
    add(StepKind::Native, std::to_string(last - kWholeEnds + 1) + " steps left out", path[last],
        kNoObject);
    plumbing_ = Plumbing::None;
    for (std::size_t i = last + 1; i < path.size(); ++i) advance(path[i - 1], path[i]);
    return std::move(steps_);
  }

  std::vector<OwnedStep> walk(std::span<const Hop> hops) {
    for (const Hop& hop : hops) {
      follow(hop.from, hop.edge, ObjectIndex{graph_.rawEdges(hop.from)[hop.edge]});
    }
    return std::move(steps_);
  }

 private:
  void add(StepKind kind, std::string name, ObjectIndex to, ObjectIndex owner) {
    const bool typed = kind != StepKind::Module && to != kNoObject;
    std::string type = typed ? std::string(graph_.typeName(to)) : "";
    steps_.push_back({Step{kind, std::move(name), std::move(type), to}, owner});
  }

  void start(ObjectIndex o) {
    const Root* root = analysis_.roots().at(o);
    if (root == nullptr) return add(StepKind::Native, "", o, kNoObject);
    switch (root->group) {
      case RootGroup::Module: return add(StepKind::Module, root->name, o, kNoObject);
      case RootGroup::Frame: {
        const FrameRecord& frame = graph_.snapshot().frames[root->frame];
        const bool named = !root->name.empty();
        add(StepKind::Frame, functionAt(graph_, frame), named ? kNoObject : o, frame.code);
        if (named) add(StepKind::Local, root->name, o, frame.code);
        return;
      }
      case RootGroup::Thread:
      case RootGroup::Interpreter: return add(StepKind::Native, root->name, o, kNoObject);
      case RootGroup::Native: return startInC(*root);
    }
  }

  void startInC(const Root& root) {
    const ObjectIndex keeper = keeperOf(analysis_, root.object);
    if (keeper == kNoObject) {
      const std::string_view content = contentOf(graph_, root.object);
      std::string name = content.empty() ? "" : heldFromC(graph_, root.object, content);
      return add(StepKind::Native, std::move(name), root.object, kNoObject);
    }
    const std::vector<ObjectIndex> path = analysis_.paths().to(keeper);
    start(path.front());  // a keeper's own root has none
    for (std::size_t i = 1; i < path.size(); ++i) advance(path[i - 1], path[i]);
    plumbing_ = Plumbing::None;
    add(StepKind::Native, "", root.object, keeper);
  }

  std::string position(std::uint32_t i) const {
    return masking_ == Masking::None ? std::to_string(i) : std::string(kMask);
  }

  // Plumbing is no step of its own: a namespace, the tuple of a closure or of default values, the
  // maps behind a context or a threading.local. What owns it is remembered until a step says which
  // name it was.
  enum class Plumbing { None, Namespace, Closure, Defaults, ThreadLocal, Context };

  void remember(Plumbing plumbing, ObjectIndex owner) {
    plumbing_ = plumbing;
    owner_ = owner;
  }

  void advance(ObjectIndex from, ObjectIndex to) {
    const Paths& paths = analysis_.paths();
    const bool onPath = !paths.isStart(to) && paths.parent(to) == from;
    const std::uint32_t edge = onPath ? paths.edgeTo(graph_, to) : edgeBetween(graph_, from, to);
    if (edge == kNoIndex) return add(StepKind::Native, "", to, from);
    follow(from, edge, to);
  }

  void follow(ObjectIndex from, std::uint32_t edge, ObjectIndex to) {
    const Label label = graph_.label(from, edge);
    const Plumbing plumbing = std::exchange(plumbing_, Plumbing::None);
    const ObjectIndex owner = std::exchange(owner_, kNoObject);
    switch (label.kind) {
      case LabelKind::AttributesDict: return remember(Plumbing::Namespace, from);
      case LabelKind::Closure: return remember(Plumbing::Closure, from);
      case LabelKind::ThreadLocal: return remember(Plumbing::ThreadLocal, from);
      case LabelKind::CellContents: return contents(from, to);
      case LabelKind::DictValue: return value(from, to, label, plumbing, owner);
      case LabelKind::Index: return item(from, to, label.position, plumbing, owner);
      case LabelKind::Default:
        if (graph_.codeOf(from) != kNoObject) return remember(Plumbing::Defaults, from);
        return add(StepKind::Default, std::string(label.name), to, from);
      case LabelKind::Internal:
        if (isContextMap(from)) return remember(Plumbing::Context, from);
        return add(StepKind::Attribute, std::string(label.name), to, from);
      case LabelKind::Native:
        if (isContextMap(from)) return remember(Plumbing::Context, from);
        [[fallthrough]];
      default: add(kindOf(label.kind), std::string(nameOf(label)), to, ownerOf(label.kind, from));
    }
  }

  static StepKind kindOf(LabelKind kind) {
    switch (kind) {
      case LabelKind::Attribute:
      case LabelKind::Type:
      case LabelKind::FrameBack: return StepKind::Attribute;
      case LabelKind::Slot: return StepKind::Slot;
      case LabelKind::Member:
      case LabelKind::DictKey:
      case LabelKind::BorrowedKey: return StepKind::Member;
      case LabelKind::Local: return StepKind::Local;
      case LabelKind::BoundSelf: return StepKind::BoundSelf;
      case LabelKind::Wrapped: return StepKind::Wrapped;
      case LabelKind::ContextVar: return StepKind::ContextVar;
      case LabelKind::WeakrefCallback: return StepKind::WeakrefCallback;
      default: return StepKind::Native;
    }
  }

  static std::string_view nameOf(const Label& label) {
    switch (label.kind) {
      case LabelKind::Type: return "__class__";
      case LabelKind::FrameBack: return "f_back";
      case LabelKind::BoundSelf: return "__self__";
      default: return label.name;
    }
  }

  ObjectIndex ownerOf(LabelKind kind, ObjectIndex from) const {
    return kind == LabelKind::Local ? graph_.codeOf(from) : from;
  }

  bool isContextMap(ObjectIndex o) const { return heap::isContextMap(graph_.typeName(o)); }

  void item(ObjectIndex from, ObjectIndex to, std::uint32_t i, Plumbing plumbing,
            ObjectIndex owner) {
    if (plumbing == Plumbing::Closure) return captured(owner, i, to);
    if (plumbing == Plumbing::Defaults) {
      std::string name =
          parameterOfDefault(graph_, graph_.codeOf(owner), i, graph_.entryCount(from));
      return add(StepKind::Default, std::move(name), to, owner);
    }
    add(StepKind::Index, position(i), to, from);
  }

  void value(ObjectIndex dict, ObjectIndex to, const Label& label, Plumbing plumbing,
             ObjectIndex owner) {
    const std::optional<TextValue> text = graph_.text(label.keyObject);
    const std::string name(text ? text->bytes : "");
    if (plumbing == Plumbing::ThreadLocal) {  // by thread first, then by name
      if (!text) return remember(plumbing, owner);
      return add(StepKind::ThreadLocal, name, to, owner);
    }
    if (plumbing == Plumbing::Defaults && text) return add(StepKind::Default, name, to, owner);
    if (isContextMap(dict)) return contextValue(dict, to, label.keyObject);
    if (plumbing != Plumbing::Namespace) {
      const ModuleRecord* module = graph_.moduleOfNamespace(dict);
      owner = module == nullptr ? kNoObject : module->object;
    }
    if (!text || owner == kNoObject) {
      const bool masked = masking_ == Masking::Positions;
      return add(StepKind::Key, masked ? std::string(kMask) : graph_.repr(label.keyObject), to,
                 dict);
    }
    const bool module = graph_.module(owner) != nullptr;
    const bool type = graph_.typeOfTypeObject(owner) != kNoType;
    add(module ? StepKind::Global
        : type ? StepKind::ClassAttribute
               : StepKind::Attribute,
        name, to, owner);
  }

  // A context maps its variables to their values, in a tree whose inner nodes have no key.
  void contextValue(ObjectIndex map, ObjectIndex to, ObjectIndex variable) {
    if (variable == kNoObject) return remember(Plumbing::Context, map);
    add(StepKind::ContextVar, nameOfContextVariable(graph_, variable), to, variable);
  }

  void captured(ObjectIndex function, std::uint32_t i, ObjectIndex cell) {
    const std::vector<std::string> names = freeVariables(graph_, graph_.codeOf(function));
    add(StepKind::Closure, i < names.size() ? names[i] : std::to_string(i), cell, function);
  }

  // What a variable's cell holds is what the variable holds.
  void contents(ObjectIndex cell, ObjectIndex to) {
    if (steps_.empty()) return add(StepKind::Attribute, "cell_contents", to, cell);
    Step& last = steps_.back().step;
    if ((last.kind == StepKind::Closure || last.kind == StepKind::Local) && last.object == cell) {
      last.object = to;
      last.type = graph_.typeName(to);
    } else {
      add(StepKind::Attribute, "cell_contents", to, cell);
    }
  }

  const Analysis& analysis_;
  const HeapGraph& graph_;
  Masking masking_;
  std::vector<OwnedStep> steps_;
  Plumbing plumbing_ = Plumbing::None;
  ObjectIndex owner_ = kNoObject;
};

}  // namespace

std::vector<OwnedStep> ownedStepsAlong(const Analysis& analysis, std::span<const ObjectIndex> path,
                                       Masking masking) {
  return Walker(analysis, masking).walk(path);
}

std::vector<OwnedStep> ownedStepsAlong(const Analysis& analysis, std::span<const Hop> hops,
                                       Masking masking) {
  return Walker(analysis, masking).walk(hops);
}

}  // namespace whyalive::heap
