// Whether a stopped thread may be made to start a new thread where it stands.
//
// Pure: a stop, a map of the code and a few stack bytes in, a verdict out. The reasons are in
// docs/decisions/0010-attach-by-a-second-thread.md: the call that is slipped in needs malloc, the
// thread library and their locks, so a thread that may be inside one of these must be left alone.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "server/attach/architecture.h"
#include "server/attach/memory_map.h"

namespace whyalive::attach {

enum class CodeKind {
  Unknown,    // not code, or nothing that is known
  Python,     // the interpreter itself: the program or libpython
  CLibrary,   // libc and the thread library it once had apart
  Forbidden,  // dynamic linker, memory allocators, C++ and unwinding runtimes, the vDSO
  Other,      // any other shared library
  Anonymous,  // generated code
};

struct CodeRange {
  Address start = 0;
  Address end = 0;
  CodeKind kind = CodeKind::Unknown;
};

class CodeMap {
 public:
  void add(CodeRange range) { ranges_.push_back(range); }
  CodeKind kindAt(Address address) const;

 private:
  std::vector<CodeRange> ranges_;
};

// How far to go: Strict takes the interpreter's own code only, Wide that of other libraries too,
// which is for threads that stay in C for long.
enum class Patience { Strict, Wide };

enum class PointVerdict {
  Safe,
  Busy,     // not here, but it may be elsewhere soon: it runs
  Blocked,  // in a system call that is not on the list: interrupting it again would change nothing
};

// Whether a thread in this system call holds none of the locks in question. Every call of the list
// is made by the C library without a lock, and restarts exactly, or is one that returns EINTR to
// everybody.
bool waitsWithoutLocks(const architecture::SystemCall& call);

// A call of the list that the kernel fails with EINTR at every stop, yet can be made again without
// the caller's seeing a difference (it had no time limit).
bool repeatsUnnoticed(const architecture::SystemCall& call);

struct StoppedThread {
  Registers registers{};
  std::span<const std::byte> stack;  // from the stack pointer upwards, as much as is there
};

PointVerdict judge(const StoppedThread& thread, const CodeMap& code, Address signalReturn,
                   Patience patience);

// /proc/PID/task/TID/syscall: what a thread is doing, seen without stopping it.
struct Glimpse {
  enum class Doing { Running, Waiting, Unknown } doing = Doing::Unknown;
  architecture::SystemCall call;  // if Waiting
  Address programCounter = 0;
};
Glimpse parseGlimpse(std::string_view text);

// Whether it is worth stopping that thread at all.
PointVerdict judge(const Glimpse& glimpse, const CodeMap& code);

}  // namespace whyalive::attach
