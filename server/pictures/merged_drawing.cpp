// Backrefs and refs of a whole set: level by level, one node a kind, one edge a masked label. A
// suspect is a node of its own: among others of its kind nobody would see it.
//
//   2,439 × Iq ◄─closure request─ 2,439 × function ◄─[…]─ 2,439 × tuple ◄─[…]─ dict ◄─._expected─ …
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/heap/stoppable_sort.h"
#include "server/pictures/drawings.h"
#include "server/pictures/node_text.h"

namespace whyalive::pictures {
namespace {

constexpr std::size_t kSample = 4'000;     // objects of one kind and level that are looked at
constexpr std::size_t kLinksOfOne = 24;    // neighbours of one object that are counted
constexpr std::uint32_t kCheckEvery = 64;  // objects between two looks at the control
constexpr std::size_t kCheckSimpleEvery = 1u << 14;  // the same where little is done with each

// An object, and how many it stands for where only a sample was looked at.
struct Member {
  ObjectIndex object = kNoObject;
  double weight = 1;
};
using Members = std::vector<Member>;

using Key = std::uint64_t;  // of a node
constexpr Key kHolder = Key{1} << 32;

class MergedDrawing {
 public:
  MergedDrawing(const heap::Analysis& analysis, const PictureOptions& options, Canvas& canvas)
      : analysis_(analysis),
        options_(options),
        canvas_(canvas),
        upwards_(options.direction == Direction::Backrefs) {}

  Result<void> draw(std::span<const ObjectIndex> objects, const RunControl& control) {
    std::map<Key, Members> level;
    if (!start(objects, control, level)) return drawingCancelled();
    for (std::uint32_t depth = 0; depth < options_.depth && !level.empty(); ++depth) {
      std::map<Key, Members> next;
      for (const auto& [key, members] : level) {
        if (analysis_.graph().module(members[0].object) != nullptr && upwards_) continue;
        if (!gather(key, members, next, control)) return drawingCancelled();
      }
      level = std::move(next);
    }
    if (!place(control)) return drawingCancelled();
    if (sampled_) canvas_.note("The numbers are estimates from a sample.");
    return {};
  }

 private:
  struct Group {
    Members members;
    bool target = false;
  };
  struct EdgeKey {
    Key from, to;
    std::string label;
    auto operator<=>(const EdgeKey&) const = default;
  };
  struct EdgeSum {
    double count = 0;
    bool onPath = false;
  };

  // Of all objects of a kind the kind, of a suspect the object: beyond every kind.
  Key keyOf(ObjectIndex o) const {
    const bool isHolder = std::ranges::find(options_.holders, o) != options_.holders.end();
    return isHolder ? kHolder | raw(o) : raw(analysis_.kinds().of(o));
  }

  void meet(ObjectIndex o, double weight) {
    Members& members = groups_[keyOf(o)].members;
    if (members.empty()) order_.push_back(keyOf(o));
    members.push_back({o, weight});
  }

  bool start(std::span<const ObjectIndex> objects, const RunControl& control,
             std::map<Key, Members>& level) {
    std::size_t done = 0;
    for (const ObjectIndex o : objects) {
      if (done++ % kCheckSimpleEvery == 0 && !control.keepGoing("drawing", 0)) return false;
      if (!seen_.insert(raw(o)).second) continue;
      meet(o, 1);
      groups_[keyOf(o)].target = true;
      level[keyOf(o)].push_back({o, 1});
    }
    return true;
  }

  bool gather(Key key, const Members& members, std::map<Key, Members>& next,
              const RunControl& control) {
    const std::size_t stride = (members.size() + kSample - 1) / kSample;
    const std::size_t looked = (members.size() + stride - 1) / stride;
    const double share = static_cast<double>(members.size()) / static_cast<double>(looked);
    sampled_ = sampled_ || stride > 1;
    for (std::size_t i = 0; i < members.size(); i += stride) {
      if (i / stride % kCheckEvery == 0 && !control.keepGoing("drawing", 0)) return false;
      const double weight = members[i].weight * share;
      const Links links = upwards_
                              ? linksTo(analysis_, members[i].object, kLinksOfOne, Labels::Masked)
                              : linksFrom(analysis_, members[i].object, kLinksOfOne);
      for (const Link& link : links.links) {
        const ObjectIndex other = upwards_ ? link.from : link.to;
        const Key otherKey = keyOf(other);
        EdgeSum& sum = edges_[upwards_ ? EdgeKey{otherKey, key, link.masked}
                                       : EdgeKey{key, otherKey, link.masked}];
        sum.count += weight;
        sum.onPath = sum.onPath || link.interest == Interest::Path;
        if (!seen_.insert(raw(other)).second) continue;
        meet(other, weight);
        next[otherKey].push_back({other, weight});
      }
    }
    return true;
  }

  // What the outermost members in the dominator tree retain; in preorder, whatever lies inside one
  // of them comes right after it. Cancelled, it is less.
  double retainedBy(const Members& members, const RunControl& control) const {
    const heap::Dominators& tree = analysis_.dominators();
    std::vector<std::pair<std::uint32_t, double>> order;  // position, weight
    order.reserve(members.size());
    for (const Member& m : members) order.emplace_back(tree.position(m.object), m.weight);
    double retained = 0;
    if (!heap::sortStoppably(order, std::less{}, control, "drawing")) return retained;
    std::uint32_t end = 0;
    for (const auto& [position, weight] : order) {
      if (position < end) continue;
      retained += weight * static_cast<double>(tree.retainedAt(position));
      end = position + tree.subtreeCountAt(position);
    }
    return retained;
  }

  PictureNode describe(const Members& members, const RunControl& control) const {
    const ObjectIndex example = members.front().object;
    double count = 0;
    for (const Member& member : members) count += member.weight;
    const double retained = retainedBy(members, control);
    return describeGroup(analysis_, analysis_.kinds().name(analysis_.kinds().of(example)), example,
                         rounded(count), rounded(retained));
  }

  static std::uint64_t rounded(double number) {
    return static_cast<std::uint64_t>(std::llround(number));
  }

  // False when it was cancelled.
  bool place(const RunControl& control) {
    std::map<Key, std::uint32_t> nodes;
    for (const Key key : order_) {
      if (!control.keepGoing("drawing", 1)) return false;
      Group& group = groups_[key];
      const auto placed =
          group.members.size() == 1
              ? canvas_.object(group.members[0].object)
              : canvas_.group("kind " + std::to_string(key), describe(group.members, control));
      if (!placed) break;
      canvas_.node(placed->node).target = group.target;
      nodes.emplace(key, placed->node);
    }
    placeEdges(nodes);
    return control.keepGoing("drawing", 1);
  }

  // Of each node the edges that stand for most references; the rest is counted.
  void placeEdges(const std::map<Key, std::uint32_t>& nodes) {
    std::vector<std::pair<EdgeKey, EdgeSum>> sorted(edges_.begin(), edges_.end());
    std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) {
      return a.second.onPath != b.second.onPath ? a.second.onPath : a.second.count > b.second.count;
    });
    std::map<std::uint32_t, std::uint64_t> drawn;  // by node
    std::map<std::uint32_t, double> left;
    for (const auto& [key, sum] : sorted) {
      const auto from = nodes.find(key.from), to = nodes.find(key.to);
      if (from == nodes.end() || to == nodes.end()) continue;
      const std::uint32_t near = upwards_ ? to->second : from->second;
      if (drawn[near] >= options_.fanOut) {
        left[near] += sum.count;
        continue;
      }
      ++drawn[near];
      canvas_.edge(from->second, to->second, key.label, rounded(sum.count), sum.onPath);
    }
    for (const auto& [node, count] : left) canvas_.rest(node, rounded(count));
  }

  const heap::Analysis& analysis_;
  const PictureOptions& options_;
  Canvas& canvas_;
  const bool upwards_;
  std::map<Key, Group> groups_;
  std::vector<Key> order_;  // as they were met
  std::map<EdgeKey, EdgeSum> edges_;
  std::unordered_set<std::uint32_t> seen_;
  bool sampled_ = false;
};

}  // namespace

Result<void> drawMerged(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                        const PictureOptions& options, const RunControl& control, Canvas& canvas) {
  return MergedDrawing(analysis, options, canvas).draw(objects, control);
}

}  // namespace whyalive::pictures
