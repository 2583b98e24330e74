// TARGET of most commands: a process by its pid, or a snapshot file. Both become an analysis.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "server/net/take_snapshot.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::cli {

class Console;

inline constexpr const char* kTargetHelp = "Process (pid) or snapshot file";

struct Target {
  std::string name;  // as it was given
  std::shared_ptr<const heap::Analysis> analysis;
};

// Digits alone are a pid; a file of such a name can be given as ./123.
bool isPid(const std::string& target);
Result<int> parsePid(const std::string& target);

// The process is a Python of ours with an agent inside, and what its agent handed over; or a
// sentence that says which of these it is not.
Result<net::TakenSnapshot> takeSnapshotOf(int pid, const net::SnapshotOptions& options,
                                          Console& console);

Result<Target> loadTarget(const std::string& target, Console& console);

// Snapshots to compare with, oldest first.
Result<std::vector<Target>> loadBases(const std::vector<std::string>& files, Console& console);

// A remark when a base is no earlier state of the target's process, so that growth means little.
void noteUnrelated(const Target& target, const std::vector<Target>& bases, Console& console);

}  // namespace whyalive::cli
