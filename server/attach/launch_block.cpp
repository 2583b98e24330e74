// Compiled with fixed flags (CMakeLists.txt): optimised, without sanitizers, stack protector or
// jump tables, so that the copied bytes need nothing around them. A test runs the copy.
#include "server/attach/launch_block.h"

#include <sys/syscall.h>

#include <ctime>

extern "C" {
// The linker's names for the section's ends.
extern const std::byte __start_whyalive_launch[];
extern const std::byte __stop_whyalive_launch[];
}

namespace whyalive::attach {
namespace {

#define WHYALIVE_LAUNCH [[gnu::section("whyalive_launch"), gnu::noinline, gnu::used]]
#define WHYALIVE_INLINED [[gnu::always_inline]] inline

// How long the loader may take to put the interrupted thread back.
constexpr std::int64_t kPutBackNs = 200'000'000;

// Twenty seconds for the loader to read the outcome: after that it must have died.
constexpr int kAcknowledgeRounds = 100'000;
constexpr unsigned kAcknowledgeRoundMicroseconds = 200;

template <class State>
WHYALIVE_INLINED void enter(std::uint32_t& place, State state) {
  __atomic_store_n(&place, static_cast<std::uint32_t>(state), __ATOMIC_RELEASE);
}

WHYALIVE_INLINED std::int64_t nowNs(const LaunchFunctions& call) {
  timespec time;
  call.systemCall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

WHYALIVE_INLINED void copyError(LaunchBlock* block) {
  const char* from = block->call.error();
  if (from == nullptr) return;
  // volatile: else the compiler makes this a call of strncpy, which is not there.
  volatile char* to = block->text;
  for (std::size_t i = 0; i + 1 < kLongestText && from[i] != '\0'; ++i) {
    to[i] = from[i];
    to[i + 1] = '\0';
  }
}

WHYALIVE_INLINED bool interpreterRuns(const LaunchFunctions& call) {
  return call.interpreterInitialised() != 0 &&
         (call.interpreterFinalizing == nullptr || call.interpreterFinalizing() == 0);
}

// With the interpreter in hand, as an import has it: no Python code can fork this process while the
// dynamic linker's tables are half-way.
WHYALIVE_INLINED void* load(LaunchBlock* block, LaunchState& outcome) {
  const LaunchFunctions& call = block->call;
  block->askedNs = nowNs(call);
  enter(block->state, LaunchState::WaitingForGil);
  const int held = call.takeGil();
  block->takenNs = nowNs(call);
  void* library = nullptr;
  if (__atomic_load_n(&block->cancel, __ATOMIC_ACQUIRE) != 0) {
    outcome = LaunchState::Cancelled;
  } else {
    enter(block->state, LaunchState::Loading);
    library = call.open(block->path, block->openMode);
    if (library == nullptr) copyError(block);
  }
  call.releaseGil(held);
  block->releasedNs = nowNs(call);
  return library;
}

WHYALIVE_INLINED LaunchState startLibrary(LaunchBlock* block) {
  const LaunchFunctions& call = block->call;
  EntryFunction* entry = call.entry;
  if (entry == nullptr) {
    LaunchState outcome = LaunchState::LoadFailed;
    void* const library = load(block, outcome);
    if (library == nullptr) return outcome;
    entry = reinterpret_cast<EntryFunction*>(call.symbol(library, block->entryName));
    if (entry == nullptr) {
      copyError(block);
      return LaunchState::EntryMissing;
    }
  }
  enter(block->state, LaunchState::Starting);
  block->entryResult = entry(block->argument, block->text, kLongestText);
  block->startedNs = nowNs(call);
  return LaunchState::Started;
}

}  // namespace

// Leaves errno as it was: the interrupted code may be about to look at it. Then stays, so that the
// loader can put the registers back itself, which it does better than a return (injected_calls.h).
// Not by sleeping: the kernel would forget the interrupted sleep that it has to restart.
extern "C" WHYALIVE_LAUNCH void whyaliveLaunch(LaunchBlock* block) {
  const LaunchFunctions& call = block->call;
  int* const error = call.errnoLocation();
  const int before = *error;
  block->createResult = call.createThread(&block->thread, nullptr, block->threadMain, block);
  *error = before;
  enter(block->step, LaunchStep::Waiting);
  const std::int64_t end = nowNs(call) + kPutBackNs;
  while (nowNs(call) < end) call.systemCall(SYS_sched_yield);
  enter(block->step, LaunchStep::Returned);
}

extern "C" WHYALIVE_LAUNCH void* whyaliveLoadAndStart(void* argument) {
  auto* const block = static_cast<LaunchBlock*>(argument);
  const LaunchFunctions& call = block->call;
  call.detachThread(call.self());
  block->threadId = call.systemCall(SYS_gettid);
  enter(block->state, LaunchState::Launched);
  enter(block->state, interpreterRuns(call) ? startLibrary(block) : LaunchState::NotInitialised);
  for (int round = 0; round < kAcknowledgeRounds; ++round) {
    if (__atomic_load_n(&block->acknowledged, __ATOMIC_ACQUIRE) != 0) break;
    call.sleepMicroseconds(kAcknowledgeRoundMicroseconds);
  }
  // A tail call: when the pages are gone, the thread is already back in the C library.
  return call.unmap(block->pages, block->pagesSize);
}

LaunchCode launchCode() {
  const std::span bytes(__start_whyalive_launch, __stop_whyalive_launch);
  const auto offset = [&](const void* function) {
    return static_cast<std::size_t>(static_cast<const std::byte*>(function) - bytes.data());
  };
  return {bytes, offset(reinterpret_cast<const void*>(&whyaliveLaunch)),
          offset(reinterpret_cast<const void*>(&whyaliveLoadAndStart))};
}

}  // namespace whyalive::attach
