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

// Twenty seconds for the loader to read the outcome: after that it must have died.
constexpr int kAcknowledgeRounds = 100'000;
constexpr unsigned kAcknowledgeRoundMicroseconds = 200;

WHYALIVE_INLINED void enter(LaunchBlock* block, LaunchState state) {
  __atomic_store_n(&block->state, static_cast<std::uint32_t>(state), __ATOMIC_RELEASE);
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
  enter(block, LaunchState::WaitingForGil);
  const int held = call.takeGil();
  block->takenNs = nowNs(call);
  void* library = nullptr;
  if (__atomic_load_n(&block->cancel, __ATOMIC_ACQUIRE) != 0) {
    outcome = LaunchState::Cancelled;
  } else {
    enter(block, LaunchState::Loading);
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
  enter(block, LaunchState::Starting);
  block->entryResult = entry(block->argument, block->text, kLongestText);
  block->startedNs = nowNs(call);
  return LaunchState::Started;
}

}  // namespace

// Leaves errno as it was: the interrupted code may be about to look at it.
extern "C" WHYALIVE_LAUNCH void whyaliveLaunch(LaunchBlock* block) {
  int* const error = block->call.errnoLocation();
  const int before = *error;
  block->createResult = block->call.createThread(&block->thread, nullptr, block->threadMain, block);
  *error = before;
}

extern "C" WHYALIVE_LAUNCH void* whyaliveLoadAndStart(void* argument) {
  auto* const block = static_cast<LaunchBlock*>(argument);
  const LaunchFunctions& call = block->call;
  call.detachThread(call.self());
  block->threadId = call.systemCall(SYS_gettid);
  enter(block, LaunchState::Launched);
  enter(block, interpreterRuns(call) ? startLibrary(block) : LaunchState::NotInitialised);
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
