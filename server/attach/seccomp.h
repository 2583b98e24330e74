// Whether a process's system call filters would end it if the loader and the agent went to work in
// it.
//
// Attaching makes a process do calls that it may have forbidden itself on pain of death. The
// filters (classic BPF programs over the call's number and arguments) are read and run here, by a
// small interpreter, on the calls to come; nothing is tried out on the process. Pure: programs and
// calls in, verdicts out.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace whyalive::attach {

using SeccompFilter = std::vector<sock_filter>;

// The filter's verdict (SECCOMP_RET_…). A program that breaks the rules means death, as the kernel
// would not have taken it.
std::uint32_t runFilter(const SeccompFilter& filter, const seccomp_data& call);

// The name of a call that attaching needs and that some filter answers with a signal or death;
// nothing if none does. A call that is only refused (an errno) is no danger.
std::optional<std::string> deadlyCall(std::span<const SeccompFilter> filters);

}  // namespace whyalive::attach
