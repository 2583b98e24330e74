// Chains: the shortest named path from a root to each object, and the same for whole sets.
#include <algorithm>

#include "server/heap/expression.h"
#include "server/heap/why.h"
#include "server/pictures/drawings.h"
#include "server/pictures/node_text.h"

namespace whyalive::pictures {
namespace {

using heap::Step;
using heap::StepKind;

// A path longer than this (a linked list) is drawn from both ends.
constexpr std::size_t kLongestPath = 60;

std::string labelOf(const Step& step) {
  const auto with = [&](const char* word) {
    return step.name.empty() ? std::string(word) : std::string(word) + " " + step.name;
  };
  switch (step.kind) {
    case StepKind::Module:
    case StepKind::Frame: return "";
    case StepKind::Global:
    case StepKind::Attribute:
    case StepKind::Slot:
    case StepKind::ClassAttribute:
    case StepKind::Wrapped: return "." + step.name;
    case StepKind::BoundSelf: return "bound self";
    case StepKind::Key:
    case StepKind::Index: return "[" + step.name + "]";
    case StepKind::Member: return with("member");
    case StepKind::Closure: return with("closure");
    case StepKind::Local: return with("local");
    case StepKind::Default: return with("default");
    case StepKind::ContextVar: return with("context variable");
    case StepKind::ThreadLocal: return with("thread-local");
    case StepKind::WeakrefCallback: return "weakref callback";
    case StepKind::Native: return step.name;
  }
  return "";
}

// What the steps of a path begin at; null where they begin in its middle.
const heap::Root* rootOf(const heap::Analysis& analysis, std::span<const Step> steps) {
  const auto first =
      std::ranges::find_if(steps, [](const Step& step) { return step.object != kNoObject; });
  return first == steps.end() ? nullptr : analysis.roots().at(first->object);
}

class ChainDrawing {
 public:
  ChainDrawing(const heap::Analysis& analysis, Canvas& canvas)
      : analysis_(analysis), canvas_(canvas) {}

  void draw(ObjectIndex o) {
    const std::vector<ObjectIndex> path = analysis_.paths().to(o);
    if (path.empty()) {
      unreachable(o);
      return;
    }
    at_.reset();
    const std::span<const ObjectIndex> all(path);
    if (path.size() <= kLongestPath) {
      follow(heap::stepsAlong(analysis_, all), 0);
    } else {
      follow(heap::stepsAlong(analysis_, all.first(kLongestPath / 2)), 0);
      skip(path.size() - kLongestPath);
      // Without its first step: the root that a path begins with, which this part has not.
      follow(heap::stepsAlong(analysis_, all.last(kLongestPath / 2)), 1);
    }
    if (at_) canvas_.node(*at_).target = true;
  }

 private:
  void unreachable(ObjectIndex o) {
    const auto placed = canvas_.object(o);
    if (!placed) return;
    canvas_.node(placed->node).target = true;
    canvas_.note("No root reaches " + canvas_.node(placed->node).title +
                 ": it waits for the collector.");
  }

  void follow(const std::vector<Step>& steps, std::size_t first) {
    if (first == 0) startAt(steps);
    for (std::size_t i = first; i < steps.size(); ++i) {
      if (steps[i].object == kNoObject) continue;  // a frame: startAt has drawn it
      const auto placed = canvas_.object(steps[i].object);
      if (!placed) return;
      if (at_ && *at_ != placed->node) {
        canvas_.edge(*at_, placed->node, labelOf(steps[i]), 1, true);
      }
      at_ = placed->node;
    }
  }

  void startAt(const std::vector<Step>& steps) {
    const heap::Root* root = rootOf(analysis_, steps);
    if (root == nullptr || root->group == heap::RootGroup::Module) return;
    at_ = canvas_.root(*root);
  }

  void skip(std::size_t count) {
    PictureNode gap;
    gap.family = Family::More;
    gap.title = formatCount(count) + " steps";
    const auto placed = canvas_.group("gap " + std::to_string(canvas_.nodeCount()), gap);
    if (!placed) return;
    if (at_) canvas_.edge(*at_, placed->node, "", 1, true);
    at_ = placed->node;
  }

  const heap::Analysis& analysis_;
  Canvas& canvas_;
  std::optional<std::uint32_t> at_;  // the node where the chain has come to
};

// Merged: a tree of masked labels; a node below a position stands for many objects.
class MergedChainDrawing {
 public:
  MergedChainDrawing(const heap::Analysis& analysis, Canvas& canvas)
      : analysis_(analysis), canvas_(canvas) {}

  void draw(const heap::RetainingPath& path) {
    std::string key;
    std::optional<std::uint32_t> at = startAt(path, key);
    bool many = false;
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
      const Step& step = path.steps[i];
      if (step.object == kNoObject) continue;
      many = many || step.name == "…" || step.kind == StepKind::Member;
      key += "\n" + labelOf(step) + "\t" + step.type;
      const bool last = i + 1 == path.steps.size();
      const auto placed = place(key, step, many, path, last);
      if (!placed) return;
      if (at && *at != *placed) {
        canvas_.edge(*at, *placed, labelOf(step), many ? path.count : 1, true);
      }
      at = placed;
    }
  }

 private:
  std::optional<std::uint32_t> startAt(const heap::RetainingPath& path, std::string& key) {
    const heap::Root* root = rootOf(analysis_, path.steps);
    if (root == nullptr || root->group == heap::RootGroup::Module) return std::nullopt;
    const auto node = canvas_.root(*root);
    if (node) key = canvas_.node(*node).id;
    return node;
  }

  std::optional<std::uint32_t> place(const std::string& key, const Step& step, bool many,
                                     const heap::RetainingPath& path, bool last) {
    if (!many && !(last && path.count > 1)) {
      const auto placed = canvas_.object(step.object);
      if (!placed) return std::nullopt;
      if (last) canvas_.node(placed->node).target = true;
      return placed->node;
    }
    const heap::Kinds& kinds = analysis_.kinds();
    const std::string_view kind = kinds.name(kinds.of(step.object));
    PictureNode node = describeGroup(analysis_, kind, step.object, path.count, path.retained);
    if (!last) node.detail.clear();  // what only the objects asked for are known to retain
    const auto placed = canvas_.group(key, std::move(node));
    if (!placed) return std::nullopt;
    if (!placed->isNew && !last) {
      PictureNode& there = canvas_.node(placed->node);
      there = withCount(there, kind, there.count + path.count);
    }
    if (last) canvas_.node(placed->node).target = true;
    return placed->node;
  }

  PictureNode withCount(const PictureNode& old, std::string_view kind, std::uint64_t count) const {
    PictureNode node = describeGroup(analysis_, kind, old.object, count, 0);
    node.id = old.id;
    node.target = old.target;
    node.detail.clear();
    return node;
  }

  const heap::Analysis& analysis_;
  Canvas& canvas_;
};

}  // namespace

Result<void> drawChains(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                        const PictureOptions&, const RunControl& control, Canvas& canvas) {
  ChainDrawing drawing(analysis, canvas);
  for (const ObjectIndex o : objects) {
    if (!control.keepGoing("drawing", 0)) return drawingCancelled();
    drawing.draw(o);
  }
  return {};
}

Result<void> drawMergedChains(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                              const PictureOptions& options, const RunControl& control,
                              Canvas& canvas) {
  if (!control.keepGoing("drawing", 0)) return drawingCancelled();
  heap::WhyOptions how;
  how.paths = options.fanOut;
  const auto why = heap::whyAlive(analysis, objects, how, control);
  if (!why) return std::unexpected(why.error());
  MergedChainDrawing drawing(analysis, canvas);
  for (const heap::RetainingPath& path : why->paths) drawing.draw(path);
  if (why->pathCount > why->paths.size()) {
    canvas.note(formatCount(why->pathCount - why->paths.size()) + " more ways are not drawn.");
  }
  if (why->unreachable > 0) {
    canvas.note("No root reaches " + formatCount(why->unreachable) +
                " of the objects: they wait for the collector.");
  }
  return {};
}

}  // namespace whyalive::pictures
