#include "server/heap/edge_steps.h"

#include <algorithm>

#include "server/heap/code_names.h"

namespace whyalive::heap {
namespace {

constexpr std::string_view kMask = "…";

// How much a label tells: names before positions before nothing.
int plainness(LabelKind kind) {
  switch (kind) {
    case LabelKind::Attribute:
    case LabelKind::Slot:
    case LabelKind::DictValue:
    case LabelKind::AttributesDict: return 0;
    case LabelKind::Native:
    case LabelKind::Type:
    case LabelKind::Internal:
    case LabelKind::DictKey:
    case LabelKind::BorrowedKey:
    case LabelKind::FrameBack: return 2;
    default: return 1;
  }
}

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
    for (std::size_t i = 1; i < path.size(); ++i) advance(path[i - 1], path[i]);
    return std::move(steps_);
  }

 private:
  void add(StepKind kind, std::string name, ObjectIndex to, ObjectIndex owner) {
    std::string type = kind == StepKind::Module ? "" : std::string(graph_.typeName(to));
    steps_.push_back({Step{kind, std::move(name), std::move(type), to}, owner});
  }

  void start(ObjectIndex o) {
    const Root* root = analysis_.roots().at(o);
    if (root == nullptr) return add(StepKind::Native, "", o, kNoObject);
    switch (root->group) {
      case RootGroup::Module: return add(StepKind::Module, root->name, o, kNoObject);
      case RootGroup::Frame: {
        const FrameRecord& frame = graph_.snapshot().frames[root->frame];
        add(StepKind::Frame, functionAt(graph_, frame), o, frame.code);
        if (!root->name.empty()) add(StepKind::Local, root->name, o, frame.code);
        return;
      }
      case RootGroup::Thread:
      case RootGroup::Interpreter:
      case RootGroup::Native: return add(StepKind::Native, root->name, o, kNoObject);
    }
  }

  std::string position(std::uint32_t i) const {
    return masking_ == Masking::None ? std::to_string(i) : std::string(kMask);
  }

  // A namespace and the tuple of a closure are no steps of their own: what owns them is remembered
  // until the next step says which name it was.
  void advance(ObjectIndex from, ObjectIndex to) {
    const std::uint32_t edge = edgeBetween(graph_, from, to);
    if (edge == kNoIndex) return add(StepKind::Native, "", to, from);
    const Label label = graph_.label(from, edge);
    const ObjectIndex namespaceOwner = std::exchange(namespaceOwner_, kNoObject);
    const ObjectIndex closureOwner = std::exchange(closureOwner_, kNoObject);
    const std::string name(label.name);
    switch (label.kind) {
      case LabelKind::AttributesDict: namespaceOwner_ = from; return;
      case LabelKind::Closure: closureOwner_ = from; return;
      case LabelKind::CellContents: return contents(from, to);
      case LabelKind::DictValue: return value(from, to, label, namespaceOwner);
      case LabelKind::Index:
        if (closureOwner != kNoObject) return captured(closureOwner, label.position, to);
        return add(StepKind::Index, position(label.position), to, from);
      case LabelKind::Attribute: return add(StepKind::Attribute, name, to, from);
      case LabelKind::Slot: return add(StepKind::Slot, name, to, from);
      case LabelKind::Member: return add(StepKind::Member, "", to, from);
      case LabelKind::Local: return add(StepKind::Local, name, to, graph_.codeOf(from));
      case LabelKind::Default: return add(StepKind::Default, name, to, from);
      case LabelKind::BoundSelf: return add(StepKind::BoundSelf, "__self__", to, from);
      case LabelKind::Wrapped: return add(StepKind::Wrapped, name, to, from);
      case LabelKind::ContextVar: return add(StepKind::ContextVar, name, to, from);
      case LabelKind::ThreadLocal: return add(StepKind::ThreadLocal, name, to, from);
      case LabelKind::WeakrefCallback: return add(StepKind::WeakrefCallback, name, to, from);
      case LabelKind::Type: return add(StepKind::Attribute, "__class__", to, from);
      case LabelKind::Internal: return add(StepKind::Attribute, name, to, from);
      case LabelKind::FrameBack: return add(StepKind::Attribute, "f_back", to, from);
      case LabelKind::DictKey:
      case LabelKind::BorrowedKey: return add(StepKind::Member, "", to, from);
      case LabelKind::StackItem:
      case LabelKind::Native: break;
    }
    add(StepKind::Native, name, to, from);
  }

  void value(ObjectIndex dict, ObjectIndex to, const Label& label, ObjectIndex namespaceOwner) {
    const std::optional<TextValue> text = graph_.text(label.keyObject);
    if (text && namespaceOwner == kNoObject) {
      if (const ModuleRecord* module = graph_.moduleOfNamespace(dict))
        namespaceOwner = module->object;
    }
    if (!text || namespaceOwner == kNoObject) {
      const bool masked = masking_ == Masking::Positions;
      return add(StepKind::Key, masked ? std::string(kMask) : graph_.repr(label.keyObject), to,
                 dict);
    }
    const bool module = graph_.module(namespaceOwner) != nullptr;
    const bool type = graph_.typeOfTypeObject(namespaceOwner) != kNoType;
    add(module ? StepKind::Global
        : type ? StepKind::ClassAttribute
               : StepKind::Attribute,
        std::string(text->bytes), to, namespaceOwner);
  }

  void captured(ObjectIndex function, std::uint32_t i, ObjectIndex cell) {
    const std::vector<std::string> names = freeVariables(graph_, graph_.codeOf(function));
    add(StepKind::Closure, i < names.size() ? names[i] : std::to_string(i), cell, function);
  }

  // What a variable's cell holds is what the variable holds.
  void contents(ObjectIndex cell, ObjectIndex to) {
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
  ObjectIndex namespaceOwner_ = kNoObject;
  ObjectIndex closureOwner_ = kNoObject;
};

}  // namespace

std::uint32_t edgeBetween(const HeapGraph& graph, ObjectIndex from, ObjectIndex to) {
  const auto edges = graph.rawEdges(from);
  std::uint32_t best = kNoIndex;
  int bestPlainness = 3;
  for (std::uint32_t i = 0; i < edges.size() && bestPlainness > 0; ++i) {
    if (edges[i] != raw(to)) continue;
    const int plain = plainness(graph.label(from, i).kind);
    if (plain < bestPlainness) {
      best = i;
      bestPlainness = plain;
    }
    if (i >= graph.shape(from).labels.size() && !graph.isDict(from)) break;  // the rest are alike
  }
  return best;
}

std::vector<OwnedStep> ownedStepsAlong(const Analysis& analysis, std::span<const ObjectIndex> path,
                                       Masking masking) {
  return Walker(analysis, masking).walk(path);
}

}  // namespace whyalive::heap
