// Step 1 of the walk: find every object and write down its references.
#include <algorithm>

#include "agent/walk/sizes.h"
#include "agent/walk/walk_state.h"

namespace whyalive::agent {
namespace {

class Finder {
 public:
  Finder(WalkState& state, WalkReport& report)
      : state_(state),
        report_(report),
        regions_(state.mappings),
        pending_(state.mappings, 1 << 16),
        fresh_(state.mappings, kFreshLimit) {}

  void run() {
    compat::visitTracked([](PyObject* o, void* self) { static_cast<Finder*>(self)->seed(o); },
                         this);
    seedRoots();
    while (marked_ > state_.records.size()) round();
    state_.records.push({0, state_.edges.edges().size(), 0, 0, 0});  // the end of the last one
    state_.objectCount = static_cast<std::uint32_t>(state_.records.size() - 1);
  }

 private:
  // Up to this many new objects are followed one by one; more are cheaper region by region.
  static constexpr std::size_t kFreshLimit = 4096;

  void seed(void* o) {
    if (o && state_.map.mark(reinterpret_cast<std::uintptr_t>(o))) noteMarked(o);
  }
  void noteMarked(void* o) {
    ++marked_;
    if (fresh_.size() < kFreshLimit) {
      fresh_.push(reinterpret_cast<std::uintptr_t>(o));
    } else {
      overflow_ = true;
    }
  }

  void seedRoots() {
    for (const FoundRoot& root : state_.roots) seed(root.object);
    for (const RunningFrame& running : state_.running) {
      seed(running.frame.code);
      seed(running.frame.frameObject);
      seed(running.frame.generator);
      for (int i = 0; i < running.frame.fieldCount; ++i) seed(running.frame.fields[i].value);
      if (!running.frame.ownedByThread) continue;
      for (int i = 0; i < running.frame.variableCount; ++i) seed(running.frame.variables[i]);
    }
  }

  void round() {
    state_.map.takeDirty(regions_);
    if (!overflow_) {
      pending_.clear();
      for (std::uintptr_t address : fresh_) {
        state_.map.markVisited(address);
        pending_.push(address);
      }
      fresh_.clear();
      std::sort(pending_.begin(), pending_.end());
      visitPending();
      return;
    }
    overflow_ = false;
    fresh_.clear();
    for (std::uint32_t region : regions_) {
      pending_.clear();
      state_.map.takeUnvisited(region, pending_);
      visitPending();
    }
    // What the sweep itself marked in regions it had still to come to is visited already.
    std::size_t kept = 0;
    for (std::uintptr_t address : fresh_) {
      if (!state_.map.visited(address)) fresh_[kept++] = address;
    }
    fresh_.resize(kept);
  }

  void visitPending() {
    const std::size_t count = pending_.size();
    MappedArray<std::uintptr_t>& edges = state_.edges.edges();
    std::size_t marked = edges.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + 16 < count) __builtin_prefetch(reinterpret_cast<char*>(pending_[i + 16]));
      if (i + 8 < count) prefetchBody(reinterpret_cast<PyObject*>(pending_[i + 8]));
      visit(reinterpret_cast<PyObject*>(pending_[i]));
      if (edges.size() - marked > 512) {
        markEdges(marked);
        marked = edges.size();
      }
    }
    markEdges(marked);
    report();
  }

  static void prefetchBody(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PyDict_Type) {
      __builtin_prefetch(reinterpret_cast<PyDictObject*>(o)->ma_keys);
    } else if (type == &PyList_Type) {
      __builtin_prefetch(reinterpret_cast<PyListObject*>(o)->ob_item);
    } else if (const void* values = compat::managedWord(o, type)) {
      __builtin_prefetch(values);
    }
  }

  void visit(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    const std::size_t plansBefore = state_.plans.count();
    const TypePlan& plan = state_.plans.of(type);
    Record record;
    record.address = reinterpret_cast<std::uintptr_t>(o);
    record.edgeStart = state_.edges.edges().size();
    record.size = sizeOf(o, plan);
    const std::uint64_t references = compat::referenceCount(o);
    record.refcount =
        references > 0xFFFFFFFFu ? 0xFFFFFFFFu : static_cast<std::uint32_t>(references);
    const Items items = plan.items;
    const bool collected = (type->tp_flags & Py_TPFLAGS_HAVE_GC) &&
                           (!type->tp_is_gc || type->tp_is_gc(o)) && compat::isTracked(o);
    const bool weak = plan.weakReference;
    record.shapeAndTracked = state_.edges.write(o, plan) | (collected ? Record::kTracked : 0);
    state_.records.push(record);
    if (weak) state_.weakReferences.push(o);
    if (items == Items::Code) state_.codes.push(reinterpret_cast<PyCodeObject*>(o));
    if (items == Items::Type) state_.plans.of(reinterpret_cast<PyTypeObject*>(o));
    for (std::size_t i = plansBefore; i < state_.plans.count(); ++i) seed(state_.plans.at(i).type);
  }

  void markEdges(std::size_t from) {
    MappedArray<std::uintptr_t>& edges = state_.edges.edges();
    const std::uintptr_t* at = edges.data() + from;
    const std::uintptr_t* const end = edges.data() + edges.size();
    for (; at != end; ++at) {
      if (end - at > 16) state_.map.prefetch(at[16]);
      if (*at && state_.map.mark(*at)) noteMarked(reinterpret_cast<void*>(*at));
    }
  }

  void report() {
    report_.permille.store(static_cast<std::uint32_t>(state_.records.size() * 1000 / (marked_ + 1)),
                           std::memory_order_relaxed);
    if (report_.cancelled.load(std::memory_order_relaxed)) {
      state_.mappings.bailout().now(Failure::Cancelled);
    }
  }

  WalkState& state_;
  WalkReport& report_;
  MappedArray<std::uint32_t> regions_;
  MappedArray<std::uintptr_t> pending_;
  MappedArray<std::uintptr_t> fresh_;
  bool overflow_ = false;
  std::size_t marked_ = 0;
};

}  // namespace

void findObjects(WalkState& state, WalkReport& report) { Finder(state, report).run(); }

}  // namespace whyalive::agent
