#include "agent/walk/heap_walk.h"

#include "agent/clock.h"
#include "agent/walk/second_walker.h"
#include "agent/walk/section_writer.h"
#include "agent/walk/walk_state.h"

namespace whyalive::agent {
namespace {

class Phases {
 public:
  explicit Phases(WalkReport& report) : report_(report), start_(nowNs()), last_(start_) {}
  void enter(std::uint32_t step) {
    report_.step.store(step, std::memory_order_relaxed);
    report_.permille.store(0, std::memory_order_relaxed);
  }
  void leave(int phase) {
    const std::uint64_t now = nowNs();
    report_.phaseNs[phase] = now - last_;
    last_ = now;
    report_.walkNs = now - start_;
  }

 private:
  WalkReport& report_;
  std::uint64_t start_, last_;
};

void walk(Mappings& mappings, int fd, const WalkOptions& options, SecondWalker& second,
          WalkReport& report) {
  // Large and without destructors to run, so it may be jumped over.
  auto* state = new (mappings.map(sizeof(WalkState))) WalkState(mappings);
  Phases phases(report);
  phases.enter(1);
  gatherRoots(*state);
  findObjects(*state, report);
  gatherNamedRoots(*state);
  phases.leave(0);
  phases.enter(2);
  state->objectCount = state->map.rank();
  phases.leave(1);
  phases.enter(3);
  SectionWriter out(mappings, fd);
  writeColumns(*state, options, out, second, report);
  phases.leave(2);
  writeTables(*state, options, report, out);
  report.objectCount = state->objectCount;
  report.edgeCount = state->edgeCount;
  report.bytes = out.finish(report.objectCount, report.edgeCount);
  phases.leave(3);
}

}  // namespace

bool walkHeap(int fd, const WalkOptions& options, WalkReport& report) {
  Bailout bailout;
  Mappings mappings(bailout);
  SecondWalker second;
  const int failure = setjmp(bailout.top);
  if (failure == 0) walk(mappings, fd, options, second, report);
  second.dismiss();
  mappings.unmapAll();
  report.failure.store(static_cast<std::uint32_t>(failure), std::memory_order_relaxed);
  report.done.store(failure == 0 ? 1 : 2, std::memory_order_release);
  return failure == 0;
}

}  // namespace whyalive::agent
