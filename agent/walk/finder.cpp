// Step 1 of the walk: mark every object.
//
//   the collector's lists ──► a ring of objects on their way into the cache ──► visited
//                                                                 │ references
//                              marked, not yet visited  ◄─────────┘
//                                     │ swept in address order until nothing new appears
//                                     └──► visited …
//
// A list is followed from both ends at once: each step waits for memory, so two chains take half
// the time of one. What an object refers to is looked at here and again when it is written; keeping
// it in between would cost more time in fresh memory than it saves, and several times the space.
#include <algorithm>

#include "agent/walk/walk_state.h"

namespace whyalive::agent {
namespace {

class Finder {
 public:
  Finder(WalkState& state, WalkReport& report)
      : state_(state),
        report_(report),
        dirty_(state.mappings),
        pending_(state.mappings, 1 << 16),
        fresh_(state.mappings, kFreshLimit) {}

  void run() {
    followLists();
    drainRing();
    seedRoots();
    while (overflow_ || fresh_.size() > 0) round();
  }

 private:
  // Up to this many new objects are followed one by one; more are cheaper plane by plane.
  static constexpr std::size_t kFreshLimit = 4096;
  static constexpr std::size_t kRing = 64;
  static constexpr std::size_t kNeighbours = 1024;  // bytes
  static constexpr std::size_t kEdgesAtOnce = 512;

  void followLists() {
    WaGcHead* heads[compat::kMostLists];
    const int count = compat::trackedLists(heads);
    for (int i = 0; i < count; ++i) followList(heads[i]);
    if (count > 0) return;
    compat::visitTracked([](PyObject* o, void* self) { static_cast<Finder*>(self)->enqueue(o); },
                         this);
  }

  void followList(WaGcHead* head) {
    WaGcHead* front = compat::nextIn(head);
    WaGcHead* back = compat::previousIn(head);
    if (front == head) return;
    bool whole = compat::nextIn(back) == head;  // else one direction must do
    for (;;) {
      // What was allocated next mostly lies next: the pool's next objects, for a later step.
      __builtin_prefetch(reinterpret_cast<char*>(front) + kNeighbours);
      enqueue(compat::objectBehind(front));
      WaGcHead* const next = compat::nextIn(front);
      if (front == back || next == head) return;
      if (whole) {
        __builtin_prefetch(reinterpret_cast<char*>(back) - kNeighbours);
        enqueue(compat::objectBehind(back));
        if (next == back) return;
        WaGcHead* const before = compat::previousIn(back);
        whole = compat::nextIn(before) == back;
        back = whole ? before : head;
      }
      front = next;
    }
  }

  // ---- the ring ----

  void enqueue(PyObject* o) {
    __builtin_prefetch(o);
    if (queued_ >= kBodyAhead) prefetchBody(ring_[(queued_ - kBodyAhead) % kRing]);
    if (queued_ >= kObjectAhead) follow(ring_[(queued_ - kObjectAhead) % kRing]);
    ring_[queued_++ % kRing] = o;
  }
  void drainRing() {
    const std::size_t start = queued_ > kObjectAhead ? queued_ - kObjectAhead : 0;
    for (std::size_t i = start; i < queued_; ++i) follow(ring_[i % kRing]);
    queued_ = 0;
    markEdges();
  }
  void follow(PyObject* o) {
    if (state_.map.visit(reinterpret_cast<std::uintptr_t>(o))) visit(o);
    if ((visited_ & 0xFFFF) == 0) report();
  }

  // ---- the sweep ----

  void mark(void* o) {
    if (o && state_.map.mark(reinterpret_cast<std::uintptr_t>(o))) noteMarked(o);
  }
  void noteMarked(void* o) {
    if (fresh_.size() < kFreshLimit) {
      fresh_.push(reinterpret_cast<std::uintptr_t>(o));
    } else {
      overflow_ = true;
    }
  }

  void seedRoots() {
    for (const FoundRoot& root : state_.roots) mark(root.object);
    for (const RunningFrame& running : state_.running) {
      mark(running.frame.code);
      mark(running.frame.frameObject);
      mark(running.frame.generator);
      for (int i = 0; i < running.frame.fieldCount; ++i) mark(running.frame.fields[i].value);
      if (!running.frame.ownedByThread) continue;
      for (int i = 0; i < running.frame.variableCount; ++i) {
        mark(compat::objectIn(running.frame.variables[i]));
      }
    }
  }

  void round() {
    if (!overflow_) {
      pending_.clear();
      for (std::uintptr_t address : fresh_) {
        if (state_.map.visit(address)) pending_.push(address);
      }
      fresh_.clear();
      return visitPending();
    }
    overflow_ = false;
    fresh_.clear();
    state_.map.takeDirty(dirty_);
    for (std::size_t plane : dirty_) {
      pending_.clear();
      state_.map.takeUnvisited(plane, pending_);
      visitPending();
    }
  }

  void visitPending() {
    const std::size_t count = pending_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kObjectAhead < count) {
        __builtin_prefetch(reinterpret_cast<char*>(pending_[i + kObjectAhead]));
      }
      if (i + kBodyAhead < count)
        prefetchBody(reinterpret_cast<PyObject*>(pending_[i + kBodyAhead]));
      visit(reinterpret_cast<PyObject*>(pending_[i]));
    }
    markEdges();
    report();
  }

  // ---- one object ----

  void visit(PyObject* o) {
    ++visited_;
    const std::size_t plansBefore = state_.plans.count();
    const TypePlan& plan = state_.plans.of(Py_TYPE(o));
    const Items items = plan.items;
    if (!plan.leaf) {
      const std::size_t before = state_.edges.edges().size();
      state_.edges.write(o, plan);
      state_.map.countReferences(reinterpret_cast<std::uintptr_t>(o),
                                 state_.edges.edges().size() - before);
    }
    if (o == state_.edges.internedStrings()) markKeys(reinterpret_cast<PyDictObject*>(o));
    if (items == Items::Type) state_.plans.of(reinterpret_cast<PyTypeObject*>(o));
    for (std::size_t i = plansBefore; i < state_.plans.count(); ++i) mark(state_.plans.at(i).type);
    if (state_.edges.edges().size() > kEdgesAtOnce) markEdges();
  }

  // Objects to see, although this dict does not hold them.
  void markKeys(PyDictObject* dict) {
    compat::forEachEntry(dict, [this](PyObject* key, PyObject*) { mark(key); });
  }

  void markEdges() {
    MappedArray<std::uintptr_t>& edges = state_.edges.edges();
    const std::uintptr_t* at = edges.data();
    const std::uintptr_t* const end = at + edges.size();
    for (; at != end; ++at) {
      if (end - at > 16) state_.map.prefetch(at[16]);
      if (*at && state_.map.mark(*at)) noteMarked(reinterpret_cast<void*>(*at));
    }
    edges.clear();
  }

  void report() {
    report_.permille.store(queued_ > 0 ? 0 : 500,  // the lists hold nearly everything
                           std::memory_order_relaxed);
    if (report_.cancelled.load(std::memory_order_relaxed)) {
      state_.mappings.bailout().now(Failure::Cancelled);
    }
  }

  WalkState& state_;
  WalkReport& report_;
  MappedArray<std::size_t> dirty_;
  MappedArray<std::uintptr_t> pending_;
  MappedArray<std::uintptr_t> fresh_;
  PyObject* ring_[kRing];
  std::size_t queued_ = 0;
  bool overflow_ = false;
  std::size_t visited_ = 0;
};

}  // namespace

void findObjects(WalkState& state, WalkReport& report) { Finder(state, report).run(); }

}  // namespace whyalive::agent
