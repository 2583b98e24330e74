#include "server/heap/roots.h"

#include <algorithm>
#include <tuple>

#include "server/heap/column.h"
#include "server/heap/process_info.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::size_t kCheckEvery = 1u << 18;  // objects between two looks at RunControl

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

// References that are seen, and counted: a key that a split dict borrows from its class is not.
Column<std::uint32_t> countedReferences(const HeapGraph& graph) {
  const Snapshot& s = graph.snapshot();
  Column<std::uint32_t> counted(graph.objectCount());
  for (std::uint32_t o = 0; o < counted.size(); ++o) {
    counted[o] = static_cast<std::uint32_t>(graph.rawReferrers(ObjectIndex{o}).size());
  }
  std::vector<std::uint8_t> splits;  // by shape
  for (const ShapeRecord& shape : s.shapes) splits.push_back(shape.tail == Tail::SplitPairs);
  for (std::uint32_t o = 0; o < counted.size(); ++o) {
    if (splits[s.shape[o]] == 0) continue;
    const auto edges = graph.rawEdges(ObjectIndex{o});
    for (std::size_t i = graph.shape(ObjectIndex{o}).labels.size(); i < edges.size(); i += 2) {
      if (edges[i] != kNullEdge) --counted[edges[i]];
    }
  }
  for (const RootRecord& root : s.roots) counted[raw(root.object)] += root.counted ? 1 : 0;
  for (const FrameRecord& frame : s.frames) {
    if (frame.state != FrameState::Running) continue;
    for (const LocalRecord& local : frame.locals) {
      counted[raw(local.object)] += local.borrowed ? 0 : 1;
    }
  }
  return counted;
}

// Depth first: what lies together in memory is met together.
class Reached {
 public:
  Reached(const HeapGraph& graph, const RunControl& control)
      : graph_(graph), control_(control), marks_(graph.objectCount()) {}

  bool has(std::uint32_t o) const { return marks_[o]; }
  void addAllFrom(std::uint32_t start) {
    const Snapshot& s = graph_.snapshot();
    push(start);
    while (!stack_.empty() && !stopped_) {
      const std::uint32_t o = stack_.back();
      stack_.pop_back();
      for (std::uint32_t e = s.edgeStart[o]; e < s.edgeStart[o + 1]; ++e) {
        if (s.edges[e] != kNullEdge) push(s.edges[e]);
      }
      if (++seen_ % kCheckEvery == 0) {
        stopped_ = !control_.keepGoing("finding roots", static_cast<double>(seen_) / marks_.size());
      }
    }
  }

 private:
  void push(std::uint32_t o) {
    if (marks_[o]) return;
    marks_[o] = true;
    stack_.push_back(o);
    __builtin_prefetch(&graph_.snapshot().edgeStart[o]);
  }

  const HeapGraph& graph_;
  const RunControl& control_;
  std::vector<bool> marks_;
  std::vector<std::uint32_t> stack_;
  std::size_t seen_ = 0;
  bool stopped_ = false;
};

}  // namespace

Roots Roots::find(const HeapGraph& graph, const RunControl& control) {
  Roots result;
  addModules(graph, processInfo(graph.snapshot()), result.roots_);
  addFrames(graph, FrameReferences::Variables, result.roots_);
  addOthers(graph, result.roots_);

  Reached reached(graph, control);
  for (const Root& root : result.roots_) reached.addAllFrom(raw(root.object));
  // A frame holds its module's globals and the like too, but that is no reason to live for what has
  // one.
  std::vector<Root> others;
  addFrames(graph, FrameReferences::Others, others);
  for (Root& root : others) {
    if (reached.has(raw(root.object))) continue;
    reached.addAllFrom(raw(root.object));
    result.roots_.push_back(std::move(root));
  }
  result.addNative(graph, [&](std::uint32_t o) { return reached.has(o); });
  for (const Root& root : result.roots_) reached.addAllFrom(raw(root.object));
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    if (reached.has(o)) continue;
    ++result.garbageCount_;
    result.garbageSize_ += graph.size(ObjectIndex{o}) + graph.nativeSize(ObjectIndex{o});
  }
  for (std::uint32_t i = 0; i < result.roots_.size(); ++i) {
    result.firstAt_.emplace(raw(result.roots_[i].object), i);
  }
  return result;
}

template <class HasRoot>
void Roots::addNative(const HeapGraph& graph, HasRoot hasRoot) {
  const Column<std::uint32_t> counted = countedReferences(graph);
  graph.snapshot().refcount.forEach([&](std::uint32_t o, std::uint64_t refcount) {
    if (refcount > counted[o]) surplus_.emplace_back(o, refcount - counted[o]);
    // An immortal object does not go, whoever refers to it.
    if ((refcount > counted[o] || refcount == 0) && !hasRoot(o)) {
      roots_.push_back({RootGroup::Native, "", ObjectIndex{o}, kNoIndex});
    }
  });
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
