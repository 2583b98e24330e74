// What keeps an evaluation from touching the world outside its process: a seccomp filter for the
// system calls, limits for memory and files. Knows nothing of Python; allocates nothing.
//
// Where the kernel refuses filters (old ones, some sandboxes) Landlock keeps at least files alone,
// and where there is none of both only the limits hold: the answer says which.
//
// Refused by the filter, with EPERM: connecting, listening and new sockets; signals to others;
// making, removing, renaming and changing files, opening them for anything but reading; locks on
// files; new programs and processes; System V and POSIX queues; tracing; everything that only an
// administrator does. Reading, memory, threads and time are allowed.
#pragma once

#include <cstdint>

#include "protocol/agent/twin_messages.h"

namespace whyalive::agent {

// The exact flags of the one kind of copy that the filter lets through (see checkpoint.h).
std::uint64_t checkpointFlags();

// Limits first, then the filter, for good. Says what holds; the limits always do.
wire::Guard guardProcess(std::uint64_t memoryBytes);

// What guardProcess will find here; changes nothing.
wire::Guard guardHere();

}  // namespace whyalive::agent
