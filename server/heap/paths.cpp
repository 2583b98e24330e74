#include "server/heap/paths.h"

#include <algorithm>

#include "server/heap/astray.h"
#include "server/heap/bit_count.h"
#include "server/heap/edge_choice.h"
#include "server/heap/inner_objects.h"
#include "server/heap/look_ahead.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 18;
constexpr std::size_t kHubReferences = 64;

class Search {
 public:
  Search(const HeapGraph& graph, const Roots& roots, const RunControl& control)
      : graph_(graph),
        roots_(roots),
        control_(control),
        astray_(graph),
        inner_(graph, control),
        parent(graph.objectCount()) {
    queue_.reserve(inner_.count());
  }

  bool run() {
    for (std::uint32_t o = 0; o < parent.size(); ++o) {
      if (o % kCheckEvery == 0 && !keepGoing()) return false;
      parent[o] = kNoIndex;
    }
    seedModules();
    if (!drain()) return false;
    for (const auto& [dict, value] : foreign_) reach(value, dict);
    if (!drain()) return false;
    for (const RootGroup group :
         {RootGroup::Frame, RootGroup::Thread, RootGroup::Interpreter, RootGroup::Native}) {
      for (const Root& root : roots_.all()) {
        if (root.group == group) reach(raw(root.object), raw(root.object));
      }
      if (!drain()) return false;
    }
    foundByName_ = queue_.size();
    return drainAstray();
  }

 private:
  void reach(std::uint32_t o, std::uint32_t from) {
    if (parent[o] != kNoIndex) return;
    parent[o] = from;
    if (inner_.has(o)) queue_.push_back(o);
  }

  // All modules, then their namespaces, then what these name: so each name counts the same,
  // whatever refers to a module.
  void seedModules() {
    std::vector<std::pair<std::uint32_t, const ModuleRecord*>> spaces;
    for (const Root& root : roots_.all()) {
      if (root.group != RootGroup::Module || parent[raw(root.object)] != kNoIndex) continue;
      reach(raw(root.object), raw(root.object));
      if (const ModuleRecord* module = graph_.module(root.object)) {
        if (module->dict != kNoObject) spaces.emplace_back(raw(root.object), module);
      }
    }
    std::erase_if(spaces, [&](const auto& space) {
      const std::uint32_t dict = raw(space.second->dict);
      if (parent[dict] != kNoIndex) return true;
      parent[dict] = space.first;  // not queued: its entries follow here
      return false;
    });
    for (const auto& [object, module] : spaces) {
      const std::uint32_t dict = raw(module->dict);
      graph_.forEachItem(module->dict, [&](ObjectIndex key, ObjectIndex value) {
        if (definedElsewhere(*module, value)) {
          foreign_.emplace_back(dict, raw(value));
        } else {
          reach(raw(value), dict);
        }
        reach(raw(key), dict);
      });
    }
  }

  // A class or function that the module has only imported.
  bool definedElsewhere(const ModuleRecord& module, ObjectIndex value) const {
    if (const TypeIndex type = graph_.typeOfTypeObject(value); type != kNoType) {
      return graph_.name(graph_.typeInfo(type).module) != graph_.name(module.name);
    }
    const ShapeRecord& shape = graph_.shape(value);
    for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
      const EdgeLabel& label = shape.labels[i];
      if (label.kind == LabelKind::Internal && graph_.name(label.name) == "__globals__") {
        return graph_.rawEdges(value)[i] != raw(module.dict);
      }
    }
    return false;
  }

  bool drain() {
    for (; next_ < queue_.size(); ++next_) {
      const std::uint32_t o = queue_[next_];
      lookAhead(graph_.snapshot(), queue_, next_);
      const auto edges = graph_.rawEdges(ObjectIndex{o});
      const std::vector<bool>& skips = astray_.of(ObjectIndex{o});
      for (std::size_t i = 0; i < edges.size(); ++i) {
        if (edges[i] == kNullEdge || (i < skips.size() && skips[i])) continue;
        reach(edges[i], o);
      }
      if (next_ % kCheckEvery == 0 && !keepGoing()) return false;
    }
    return true;
  }

  // What only the ways left out lead to.
  bool drainAstray() {
    for (next_ = 0; next_ < queue_.size(); ++next_) {
      const std::uint32_t o = queue_[next_];
      const std::vector<bool>& skips = astray_.of(ObjectIndex{o});
      if (skips.empty() && next_ < foundByName_) continue;
      for (const std::uint32_t target : graph_.rawEdges(ObjectIndex{o})) {
        if (target != kNullEdge) reach(target, o);
      }
      if (next_ % kCheckEvery == 0 && !keepGoing()) return false;
    }
    return true;
  }

  bool keepGoing() const {
    const double share = static_cast<double>(next_) / (graph_.objectCount() + 1.0);
    return control_.keepGoing("finding paths", foundByName_ == 0 ? share : 1.0);
  }

  const HeapGraph& graph_;
  const Roots& roots_;
  const RunControl& control_;
  AstrayEdges astray_;
  InnerObjects inner_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> foreign_;
  Column<std::uint32_t> queue_;  // leaves lead nowhere and are not in it
  std::size_t next_ = 0;
  std::size_t foundByName_ = 0;

 public:
  Column<std::uint32_t> parent;
};

}  // namespace

Result<Paths> Paths::find(const HeapGraph& graph, const Roots& roots, const RunControl& control) {
  Search search(graph, roots, control);
  if (!search.run()) return fail(ErrorCode::Cancelled, "the analysis was cancelled");
  Paths paths;
  paths.parent_ = std::move(search.parent);
  if (!paths.noteEdgesOfHubs(graph, control)) {
    return fail(ErrorCode::Cancelled, "the analysis was cancelled");
  }
  return paths;
}

std::size_t Paths::noteOf(std::uint32_t o) const {
  const std::uint64_t before = notedBits_[o >> 6] & ((std::uint64_t{1} << (o & 63)) - 1);
  return notedBefore_[o >> 6] + bitCount(before);
}

bool Paths::noteEdgesOfHubs(const HeapGraph& graph, const RunControl& control) {
  const std::uint32_t n = graph.objectCount();
  const auto forEachChildOfHub = [&](auto&& fn) {
    for (std::uint32_t o = 0; o < n; ++o) {
      if (o % kCheckEvery == 0 && !control.keepGoing("finding paths", 1.0)) return false;
      const auto edges = graph.rawEdges(ObjectIndex{o});
      if (edges.size() <= kHubReferences) continue;
      for (std::uint32_t i = 0; i < edges.size(); ++i) {
        if (edges[i] != kNullEdge && parent_[edges[i]] == o && edges[i] != o) fn(o, i, edges[i]);
      }
    }
    return true;
  };
  notedBits_.assign(n / 64 + 1, 0);
  const bool counted = forEachChildOfHub([&](std::uint32_t, std::uint32_t, std::uint32_t child) {
    notedBits_[child >> 6] |= std::uint64_t{1} << (child & 63);
  });
  if (!counted) return false;
  std::uint32_t total = 0;
  for (const std::uint64_t word : notedBits_) {
    notedBefore_.push_back(total);
    total += bitCount(word);
  }
  notedEdges_.assign(total, kNoIndex);
  return forEachChildOfHub([&](std::uint32_t hub, std::uint32_t edge, std::uint32_t child) {
    std::uint32_t& noted = notedEdges_[noteOf(child)];
    if (noted == kNoIndex || isPlainer(graph, ObjectIndex{hub}, edge, noted)) noted = edge;
  });
}

std::uint32_t Paths::edgeTo(const HeapGraph& graph, ObjectIndex o) const {
  if (isNoted(raw(o))) return notedEdges_[noteOf(raw(o))];
  return edgeBetween(graph, parent(o), o);
}

std::vector<ObjectIndex> Paths::to(ObjectIndex o) const {
  std::vector<ObjectIndex> path;
  if (!reached(o)) return path;
  for (path.push_back(o); !isStart(path.back());) path.push_back(parent(path.back()));
  std::ranges::reverse(path);
  return path;
}

}  // namespace whyalive::heap
