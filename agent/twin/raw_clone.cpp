#include "agent/twin/raw_clone.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace whyalive::agent {

long rawClone(unsigned long moreFlags) {
  // Where libc keeps this thread's id: the kernel writes the copy's own there. Nowhere to write is
  // fine with the kernel.
  int* tid = nullptr;
  prctl(PR_GET_TID_ADDRESS, &tid);
  return syscall(SYS_clone, kCopyFlags | moreFlags, nullptr, nullptr, tid, 0);
}

}  // namespace whyalive::agent
