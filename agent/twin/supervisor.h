// What a twin does after its walk when somebody wants values: it stays, answers on a socket of its
// own, and copies itself once for each evaluation. It runs no Python and allocates nothing, so that
// it remains exactly the instant of the snapshot, whatever an evaluation does.
//
// It ends with the process it is a copy of, with its last client, when nobody has asked for a
// while, or when it costs too much memory; whoever is connected is told which. One thread; in the
// twin only.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "protocol/agent/twin_messages.h"

namespace whyalive::agent {

// Shared between the twin and one evaluation.
struct EvaluationSlot {
  std::atomic<pid_t> checkpoint{0};  // takes over when the evaluation dies
  std::atomic<wire::Guard> guard{wire::Guard::Limits};
};

// What an evaluation finds in its own process, the grandchild.
struct EvaluationSetup {
  int stream = -1;  // requests and answers; what is printed goes to 1 and 2
  std::uint64_t memoryBytes = 0;
  pid_t twin = 0;
  EvaluationSlot* slot = nullptr;
};

struct KeepPlan {
  const char* folder = nullptr;  // where the socket goes
  pid_t target = 0;
  int memory = -1;  // the snapshot
  int walked = -1;  // eventfd: told once when the walk is over, kStays or kLeaves
  std::uint32_t idleSeconds = 600;
  std::uint64_t memoryLimit = 0;  // of the twin's own memory; 0: none
  bool endsWithClients = true;
  bool outlivesTarget = false;
  int (*evaluate)(const EvaluationSetup&) = nullptr;  // returns an exit code
};

inline constexpr std::uint64_t kStays = 1, kLeaves = 2;

// In the twin, before the walk: finds a place for what it needs below, and shows what it is in
// process lists. False: it cannot stay.
bool prepareToStay(KeepPlan& plan);

// After the walk. Does not return before the twin's end.
int stay(const KeepPlan& plan, std::uint64_t snapshotBytes);

}  // namespace whyalive::agent
