// Why a process cannot be looked into or stopped, as a sentence and a remedy.
#pragma once

#include <sys/types.h>

#include <string>

#include "protocol/base/result.h"
#include "server/attach/process_status.h"

namespace whyalive::attach {

// The status of the process (a thread's id is taken for its process), or NotFound.
Result<ProcessStatus> statusOf(pid_t pid);

// What is known about us and the machine when the kernel says no; a value, so that it can be
// tested.
struct AccessFacts {
  std::uint32_t ourUser = 0;
  bool mayTraceAll = false;  // CAP_SYS_PTRACE
  bool sameUserNamespace = true;
  int yamaScope = 0;       // kernel.yama.ptrace_scope; 0 where there is no Yama
  bool dumpable = true;    // false: the process hides from its own user
  std::string tracerName;  // if the process is traced already
};
AccessFacts accessFacts(const ProcessStatus& status);

Error whyNoAccess(const ProcessStatus& status, const AccessFacts& facts, int error);
Error whyNoAccess(const ProcessStatus& status, int error);

}  // namespace whyalive::attach
