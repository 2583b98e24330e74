#include "server/cli/target.h"

#include <algorithm>
#include <charconv>

#include "protocol/snapshot/meta_keys.h"
#include "server/cli/console.h"
#include "server/heap/analysis.h"
#include "server/heap/heap_graph.h"
#include "server/heap/snapshot_reader.h"
#include "server/session/processes.h"
#include "server/session/run_both.h"
#include "server/session/snapshot_file.h"

namespace whyalive::cli {
namespace {

// "has no agent" is not all there is to say of an interpreter that can have none.
Error explained(int pid, Error error) {
  if (error.code != ErrorCode::NotFound) return error;
  const auto process = session::findPythonProcess(pid, {});
  if (!process || process->agent != session::AgentState::Unsupported) return error;
  return {ErrorCode::Unsupported,
          "process " + std::to_string(pid) + " (Python " + process->version +
              ") cannot be looked into: " + process->note,
          process->remedy};
}

Result<std::shared_ptr<const heap::Analysis>> analyseBytes(net::SnapshotBytes bytes,
                                                           const RunControl& control) {
  const auto owner = std::make_shared<const net::SnapshotBytes>(std::move(bytes));
  auto snapshot = heap::readSnapshot(owner->view(), owner, control);
  if (!snapshot) return std::unexpected(std::move(snapshot.error()));
  return heap::analyse(std::move(*snapshot), control, session::runBoth());
}

// What is wrong with a file's content, said of the file.
Error about(const std::string& name, Error error) {
  if (error.code == ErrorCode::Corrupt || error.code == ErrorCode::Unsupported) {
    error.message = name + ": " + error.message;
  }
  return error;
}

// Objects of another interpreter of the process are in no snapshot.
void noteUnwalked(const heap::Analysis& analysis, const std::string& name, Console& console) {
  for (const auto& [key, value] : analysis.graph().snapshot().meta) {
    if (key != snapshot::meta::kSubinterpreters) continue;
    const bool one = value == "1";
    console.note("Note: " + printable(name) + " has " + printable(value) +
                 (one ? " other interpreter, which was" : " other interpreters, which were") +
                 " not walked.");
  }
}

}  // namespace

bool isPid(const std::string& target) {
  return !target.empty() && target.find_first_not_of("0123456789") == std::string::npos;
}

Result<int> parsePid(const std::string& target) {
  const std::string remedy = "list the Python processes with: whyalive ps";
  if (!isPid(target)) return fail(ErrorCode::InvalidArgument, target + " is not a pid", remedy);
  int pid = 0;
  const auto parsed = std::from_chars(target.data(), target.data() + target.size(), pid);
  if (parsed.ec == std::errc{} && pid > 0) return pid;
  return fail(ErrorCode::NotFound, "there is no process " + target, remedy);
}

Result<net::TakenSnapshot> takeSnapshotOf(int pid, const net::SnapshotOptions& options,
                                          Console& console) {
  auto taken = net::takeSnapshot(pid, options, console.progress());
  console.clearProgress();
  if (!taken) return std::unexpected(explained(pid, std::move(taken.error())));
  return taken;
}

Result<Target> loadTarget(const std::string& target, Console& console) {
  net::SnapshotBytes bytes;
  if (isPid(target)) {
    const auto pid = parsePid(target);
    if (!pid) return std::unexpected(pid.error());
    auto taken = takeSnapshotOf(*pid, {}, console);
    if (!taken) return std::unexpected(std::move(taken.error()));
    bytes = std::move(taken->bytes);
  } else {
    auto loaded = session::loadSnapshot(target, console.progress());
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    bytes = std::move(*loaded);
  }
  auto analysis = analyseBytes(std::move(bytes), console.progress());
  console.clearProgress();
  if (!analysis) return std::unexpected(about(target, std::move(analysis.error())));
  noteUnwalked(**analysis, target, console);
  return Target{target, std::move(*analysis)};
}

Result<std::vector<Target>> loadBases(const std::vector<std::string>& files, Console& console) {
  std::vector<Target> bases;
  for (const std::string& file : files) {
    auto base = loadTarget(file, console);
    if (!base) return std::unexpected(std::move(base.error()));
    bases.push_back(std::move(*base));
  }
  std::stable_sort(bases.begin(), bases.end(), [](const Target& a, const Target& b) {
    return a.analysis->process().snapshotTime.value_or(0) <
           b.analysis->process().snapshotTime.value_or(0);
  });
  return bases;
}

void noteUnrelated(const Target& target, const std::vector<Target>& bases, Console& console) {
  const heap::ProcessInfo& now = target.analysis->process();
  for (const Target& base : bases) {
    const heap::ProcessInfo& then = base.analysis->process();
    const std::string name = printable(base.name);
    if (now.pid && then.pid && *now.pid != *then.pid) {
      console.note("Note: " + name + " is of process " + std::to_string(*then.pid) + ", " +
                   printable(target.name) + " of process " + std::to_string(*now.pid) +
                   "; growth between different processes means little.");
    } else if (now.snapshotTime && then.snapshotTime && *then.snapshotTime > *now.snapshotTime) {
      console.note("Note: " + name + " is newer than " + printable(target.name) +
                   "; what shrank since looks as if it grew.");
    }
  }
}

}  // namespace whyalive::cli
