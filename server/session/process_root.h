// Where the files of a process lie for us: it may have another root directory, or mounts of its own
// (a container). What it calls /app/main.py may be /home/ada/app/main.py here, where the editor has
// it; where no path of ours leads there, /proc/PID/root does as long as the process lives.
//
//   its mounts                        ours                        rules
//   8:1 /home/ada/app  on /app        8:1 /  on /                 /app → /home/ada/app
//   0:52 /             on /           0:52 / on /var/…/merged     /    → /var/…/merged
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/sources/source_index.h"

namespace whyalive::session {

// Of /proc/PID/mountinfo. A later mount may hide an earlier one at the same point.
struct Mount {
  std::string device;  // "8:1"
  std::string root;    // the directory of that file system that is mounted
  std::string point;   // where
};
std::vector<Mount> parseMounts(std::string_view mountinfo);

// Whether the directory that the process calls `process` is the one that we call `local`.
using SameFolder = std::function<bool(const std::string& process, const std::string& local)>;

// The longest process paths first; none where all paths are the same here. `through` leads to the
// process's root: /proc/PID/root.
std::vector<sources::PathRule> rulesBetween(const std::vector<Mount>& its,
                                            const std::vector<Mount>& ours,
                                            const std::string& through, const SameFolder& same);

// None when the process sees what we see, is gone, or may not be looked at.
std::vector<sources::PathRule> pathRulesOf(pid_t pid);

}  // namespace whyalive::session
