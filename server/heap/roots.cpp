#include "server/heap/roots.h"

#include <algorithm>
#include <tuple>

#include "server/heap/process_info.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 18;  // objects between two looks at RunControl
constexpr std::string_view kStep = "finding roots";

// A module in sys.modules under several names is a root under its own.
bool isAlias(const HeapGraph& graph, const RootRecord& root) {
  const ModuleRecord* module = graph.module(root.object);
  if (module == nullptr || module->name == root.name) return false;
  return std::ranges::any_of(graph.snapshot().roots, [&](const RootRecord& other) {
    return other.kind == RootKind::Module && other.object == root.object &&
           graph.name(other.name) == graph.name(module->name);
  });
}

// The program first, then what it has installed, then the standard library; by name in each.
void addModules(const HeapGraph& graph, const ProcessInfo& process, std::vector<Root>& roots) {
  const auto order = [&](const Root& root) {
    const ModuleRecord* module = graph.module(root.object);
    const std::string_view file = module == nullptr ? "" : graph.name(module->file);
    const bool library = file.empty() || process.isStandardLibrary(file);
    return std::tuple(root.name == "__main__" ? 0 : library ? 2 : 1, std::string_view(root.name));
  };
  const auto first = static_cast<std::ptrdiff_t>(roots.size());
  for (const RootRecord& root : graph.snapshot().roots) {
    if (root.kind != RootKind::Module || isAlias(graph, root)) continue;
    roots.push_back({RootGroup::Module, std::string(graph.name(root.name)), root.object, kNoIndex});
  }
  std::stable_sort(roots.begin() + first, roots.end(),
                   [&](const Root& a, const Root& b) { return order(a) < order(b); });
}

enum class FrameReferences { Variables, Others };

// What running frames hold, innermost first: their variables; or the rest (function, globals,
// code).
void addFrames(const HeapGraph& graph, FrameReferences which, std::vector<Root>& roots) {
  const std::vector<FrameRecord>& frames = graph.snapshot().frames;
  std::vector<std::uint32_t> running;
  for (std::uint32_t i = 0; i < frames.size(); ++i) {
    if (frames[i].state == FrameState::Running && frames[i].owner == kNoObject)
      running.push_back(i);
  }
  std::ranges::stable_sort(
      running, {}, [&](std::uint32_t i) { return std::tuple(frames[i].thread, frames[i].depth); });
  for (const std::uint32_t i : running) {
    for (const LocalRecord& local : frames[i].locals) {
      if ((local.kind == LabelKind::Local) != (which == FrameReferences::Variables)) continue;
      roots.push_back({RootGroup::Frame, std::string(graph.name(local.name)), local.object, i});
    }
  }
}

void addOthers(const HeapGraph& graph, std::vector<Root>& roots) {
  const auto first = static_cast<std::ptrdiff_t>(roots.size());
  for (const RootRecord& root : graph.snapshot().roots) {
    if (root.kind == RootKind::Module) continue;
    const RootGroup group =
        root.kind == RootKind::ThreadState ? RootGroup::Thread : RootGroup::Interpreter;
    std::string name(graph.name(root.name));
    if (root.kind == RootKind::AtExit && !name.starts_with("atexit")) name = "atexit " + name;
    roots.push_back({group, std::move(name), root.object, kNoIndex});
  }
  std::stable_sort(roots.begin() + first, roots.end(), [](const Root& a, const Root& b) {
    return std::tie(a.group, a.name) < std::tie(b.group, b.name);
  });
}

// References that are seen, and counted, of each object: those in the graph but for keys that a
// split dict borrows from its class, and those of roots and frames.
class CountedReferences {
 public:
  CountedReferences(const HeapGraph& graph, const RunControl& control)
      : graph_(graph), control_(control) {
    const Snapshot& s = graph.snapshot();
    countBorrowed();
    for (const RootRecord& root : s.roots) change(root.object, root.counted ? 1 : 0);
    for (const FrameRecord& frame : s.frames) {
      if (frame.state != FrameState::Running) continue;
      for (const LocalRecord& local : frame.locals) change(local.object, local.borrowed ? 0 : 1);
    }
  }

  std::uint64_t of(std::uint32_t o) const {
    const std::size_t seen = graph_.rawReferrers(ObjectIndex{o}).size();
    if (!changed_[o]) return seen;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(seen) + changes_.at(o));
  }

 private:
  void change(ObjectIndex o, std::int64_t by) {
    if (by == 0) return;
    changed_[raw(o)] = true;
    changes_[raw(o)] += by;
  }

  // Dicts of one shape mostly have the same keys as the one before.
  struct Run {
    std::vector<std::uint32_t> keys;
    std::int64_t dicts = 0;
  };
  void end(const Run& run) {
    for (const std::uint32_t key : run.keys) change(ObjectIndex{key}, -run.dicts);
  }
  void countBorrowed() {
    const Snapshot& s = graph_.snapshot();
    std::vector<Run> runs(s.shapes.size());
    std::vector<std::uint8_t> splits;  // by shape
    for (const ShapeRecord& shape : s.shapes) splits.push_back(shape.tail == Tail::SplitPairs);
    std::vector<std::uint32_t> keys;
    for (std::uint32_t o = 0; o < graph_.objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !control_.keepGoing(kStep, 0)) return;
      if (splits[s.shape[o]] == 0) continue;
      keys.clear();
      const auto edges = graph_.rawEdges(ObjectIndex{o});
      for (std::size_t i = s.shapes[s.shape[o]].labels.size(); i < edges.size(); i += 2) {
        if (edges[i] != kNullEdge) keys.push_back(edges[i]);
      }
      Run& run = runs[s.shape[o]];
      if (keys != run.keys) {
        end(run);
        run.keys = keys;
        run.dicts = 0;
      }
      ++run.dicts;
    }
    for (const Run& run : runs) end(run);
  }

  const HeapGraph& graph_;
  const RunControl& control_;
  std::vector<bool> changed_ = std::vector<bool>(graph_.objectCount());
  std::unordered_map<std::uint32_t, std::int64_t> changes_;
};

}  // namespace

Roots Roots::named(const HeapGraph& graph, SpanningTree& tree, const RunControl& control) {
  Roots result;
  addModules(graph, processInfo(graph.snapshot()), result.roots_);
  addFrames(graph, FrameReferences::Variables, result.roots_);
  addOthers(graph, result.roots_);
  for (const Root& root : result.roots_) {
    if (!tree.add(root.object, control)) break;
  }
  return result;
}

void Roots::addUnnamed(const HeapGraph& graph, SpanningTree& tree, const RunControl& control) {
  // A frame holds its module's globals and the like too, but that is no reason to live for what has
  // one.
  std::vector<Root> others;
  addFrames(graph, FrameReferences::Others, others);
  for (Root& root : others) {
    if (tree.reaches(root.object)) continue;
    if (!tree.add(root.object, control)) return;
    roots_.push_back(std::move(root));
  }
  const std::size_t named = roots_.size();
  addNative(graph, tree, control);
  findKeepers(graph, tree, named);
  for (const Root& root : std::span(roots_).subspan(named)) {
    if (!tree.add(root.object, control)) return;
  }
  for (std::uint32_t i = 0; i < roots_.size(); ++i) firstAt_.emplace(raw(roots_[i].object), i);
}

void Roots::addNative(const HeapGraph& graph, const SpanningTree& tree, const RunControl& control) {
  const CountedReferences counted(graph, control);
  bool stopped = false;
  graph.snapshot().refcount.forEach([&](std::uint32_t o, std::uint64_t refcount) {
    if (o % kCheckEvery == 0) stopped = stopped || !control.keepGoing(kStep, 1);
    if (stopped) return;
    const std::uint64_t seen = counted.of(o);
    if (refcount > seen) surplus_.emplace_back(o, refcount - seen);
    // An immortal object does not go, whoever refers to it.
    if ((refcount > seen || refcount == 0) && !tree.reaches(ObjectIndex{o})) {
      roots_.push_back({RootGroup::Native, "", ObjectIndex{o}, kNoIndex});
    }
  });
}

// A reference that nothing explains, and a word in the body of a C object that would: that object
// holds it. Of several that point at it, one that has a name wins.
void Roots::findKeepers(const HeapGraph& graph, const SpanningTree& tree, std::size_t firstNative) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pointers;  // to, from
  for (const PointerRecord& p : graph.snapshot().pointers) {
    if (p.from != p.to) pointers.emplace_back(raw(p.to), raw(p.from));
  }
  std::ranges::sort(pointers);
  const auto at = [&](std::uint32_t to) {
    return std::ranges::equal_range(pointers, to, {}, [](const auto& p) { return p.first; });
  };
  const std::span natives = std::span(roots_).subspan(firstNative);
  const auto isEndOfChain = [&](std::uint32_t o) {
    return at(o).empty() && std::ranges::binary_search(
                                natives, o, {}, [](const Root& root) { return raw(root.object); });
  };
  for (Root& root : natives) {
    if (surplus(root.object) == 0) continue;  // immortal: whoever points at it does not keep it
    for (const auto& [to, from] : at(raw(root.object))) {
      if (tree.reaches(ObjectIndex{from})) {
        root.keeper = ObjectIndex{from};
        break;
      }
      if (root.keeper == kNoObject && isEndOfChain(from)) root.keeper = ObjectIndex{from};
    }
  }
}

const Root* Roots::at(ObjectIndex o) const {
  const auto it = firstAt_.find(raw(o));
  return it == firstAt_.end() ? nullptr : &roots_[it->second];
}

std::uint64_t Roots::surplus(ObjectIndex o) const {
  const auto it =
      std::ranges::lower_bound(surplus_, raw(o), {}, [](const auto& p) { return p.first; });
  return it != surplus_.end() && it->first == raw(o) ? it->second : 0;
}

}  // namespace whyalive::heap
