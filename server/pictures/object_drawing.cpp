// Backrefs and refs, object by object.
#include <algorithm>
#include <deque>

#include "server/pictures/drawings.h"

namespace whyalive::pictures {
namespace {

constexpr std::uint32_t kExpandedFanOut = 40;

class ObjectDrawing {
 public:
  ObjectDrawing(const heap::Analysis& analysis, const PictureOptions& options, Canvas& canvas)
      : analysis_(analysis),
        options_(options),
        canvas_(canvas),
        upwards_(options.direction == Direction::Backrefs) {}

  Result<void> draw(std::span<const ObjectIndex> objects, const RunControl& control) {
    for (const ObjectIndex o : objects) {
      const auto placed = canvas_.object(o);
      if (!placed) break;
      canvas_.node(placed->node).target = true;
      if (placed->isNew) open_.push_back({o, placed->node, 0});
    }
    while (!open_.empty()) {
      if (!control.keepGoing("drawing", 0)) return drawingCancelled();
      const Open next = open_.front();
      open_.pop_front();
      visit(next);
    }
    return {};
  }

 private:
  struct Open {
    ObjectIndex object;
    std::uint32_t node;
    std::uint32_t depth;
  };

  bool isExpanded(ObjectIndex o) const {
    return std::ranges::find(options_.expanded, o) != options_.expanded.end();
  }

  void visit(const Open& at) {
    if (upwards_) drawRoot(at);
    // Beyond a module everything is the import system.
    if (upwards_ && canvas_.node(at.node).family == Family::Module) return;
    const bool expanded = isExpanded(at.object);
    const bool atTheEnd = at.depth >= options_.depth && !expanded;
    const std::size_t limit = atTheEnd ? 1 : expanded ? kExpandedFanOut : options_.fanOut;
    const Links links =
        upwards_ ? linksTo(analysis_, at.object, limit) : linksFrom(analysis_, at.object, limit);
    if (atTheEnd) {
      canvas_.node(at.node).expandable = links.total > 0;
      return;
    }
    std::uint64_t drawn = 0;
    for (const Link& link : links.links) drawn += follow(at, link) ? 1 : 0;
    if (links.total > drawn) canvas_.rest(at.node, links.total - drawn);
  }

  bool follow(const Open& at, const Link& link) {
    const ObjectIndex other = upwards_ ? link.from : link.to;
    const auto placed = canvas_.object(other);
    if (!placed) return false;
    canvas_.edge(upwards_ ? placed->node : at.node, upwards_ ? at.node : placed->node, link.label,
                 1, link.interest == Interest::Path);
    if (placed->isNew) open_.push_back({other, placed->node, at.depth + 1});
    return true;
  }

  // A local variable, a field of the interpreter, C: what holds the object from outside.
  void drawRoot(const Open& at) {
    const heap::Root* root = analysis_.roots().at(at.object);
    if (root == nullptr || root->group == heap::RootGroup::Module) return;
    const auto node = canvas_.root(*root);
    if (!node) return;
    const bool local = root->group == heap::RootGroup::Frame;
    canvas_.edge(*node, at.node, local ? "local " + root->name : "", 1,
                 analysis_.paths().isStart(at.object));
  }

  const heap::Analysis& analysis_;
  const PictureOptions& options_;
  Canvas& canvas_;
  const bool upwards_;
  std::deque<Open> open_;
};

}  // namespace

Result<void> drawObjects(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                         const PictureOptions& options, const RunControl& control, Canvas& canvas) {
  return ObjectDrawing(analysis, options, canvas).draw(objects, control);
}

}  // namespace whyalive::pictures
