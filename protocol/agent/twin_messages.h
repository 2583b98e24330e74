// What a client and a kept twin say to each other: fixed-size messages over a SOCK_SEQPACKET socket
// in the folder of the agents' sockets, "<pid of the twin>.twin". The twin may not allocate, so
// there is no JSON here; the JSON of an evaluation travels over a stream of its own (see
// evaluation_frames.h), whose end the client hands over with `Evaluate`.
//
// Numbers are in the machine's own order: both sides run on it.
#pragma once

#include <cstdint>

namespace whyalive::agent::wire {

inline constexpr std::uint32_t kTwinProtocol = 1;

enum class TwinRequestKind : std::uint32_t {
  Evaluate = 1,   // two descriptors come with it: the stream, and a pipe for what is printed
  Interrupt = 2,  // SIGINT for the evaluation
  Kill = 3,
  Allow = 4,   // the evaluation may take so many milliseconds from now; 0: any time
  Status = 5,  // answered by Status
  End = 6,     // the twin ends
};

struct TwinRequest {
  std::uint32_t protocol = kTwinProtocol;
  TwinRequestKind kind = TwinRequestKind::Status;
  std::uint64_t evaluation = 0;    // the client's number for it
  std::uint32_t milliseconds = 0;  // Evaluate, Allow
  std::uint32_t reserved = 0;
  std::uint64_t memoryBytes = 0;  // Evaluate: it may take so much more than the twin has
};

enum class TwinEventKind : std::uint32_t {
  Welcome = 1,   // first of all; the snapshot's memory comes with it
  Ended = 2,     // an evaluation's process is gone
  Restored = 3,  // it is gone, and the state before its last input has taken over
  Refused = 4,   // it could not be started; `code` is an errno
  Status = 5,
  Goodbye = 6,  // the twin ends
};

enum class TwinEnd : std::uint32_t {
  None = 0,
  Asked = 1,
  Idle = 2,
  NoClients = 3,
  Memory = 4,
  Target = 5,  // the process or its agent has ended
};

enum class EvaluationEnd : std::uint32_t {
  Exited = 0,
  Signal = 1,     // `code` is the signal
  TimeLimit = 2,  // killed since it took longer than allowed
  Killed = 3,     // the client asked for it
};

enum class Guard : std::uint32_t {
  Limits = 0,   // descriptors cut off, no file can grow; nothing stops kill, connect or unlink
  Seccomp = 1,  // the kernel refuses all of these
  LandlockFiles = 2,  // it refuses changes to files and new programs (and TCP, where it can)
  Landlock = 3,       // and TCP, abstract sockets and signals to others
};

struct TwinEvent {
  std::uint32_t protocol = kTwinProtocol;
  TwinEventKind kind = TwinEventKind::Status;
  std::uint64_t evaluation = 0;
  EvaluationEnd how = EvaluationEnd::Exited;
  std::int32_t code = 0;
  TwinEnd reason = TwinEnd::None;
  Guard guard = Guard::Limits;
  // Welcome and Status
  std::int32_t pid = 0;        // of the twin, as it sees itself
  std::int32_t target = 0;     // whose copy it is
  std::uint64_t ownBytes = 0;  // memory that it does not share with the process
  std::uint64_t snapshotBytes = 0;
  std::uint64_t ageMs = 0;
  std::uint32_t idleSeconds = 0;  // it ends after so long without a request
  std::uint32_t mallocHeld = 0;   // 1: libc's allocator was locked at that moment
};

}  // namespace whyalive::agent::wire
