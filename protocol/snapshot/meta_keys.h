// Keys of the snapshot's Meta section. Values are UTF-8; numbers in decimal; durations in
// nanoseconds, sizes in bytes, times in nanoseconds since the Unix epoch. A reader takes absent
// keys as unknown.
#pragma once

#include <string_view>

namespace whyalive::snapshot::meta {

inline constexpr std::string_view kPid = "pid";
inline constexpr std::string_view kPythonVersion = "python.version";       // "3.11.7"
inline constexpr std::string_view kPythonImplementation = "python.build";  // sys.version, one line
inline constexpr std::string_view kExecutable = "python.executable";
inline constexpr std::string_view kStdlib = "python.stdlib";  // folder of os.py
inline constexpr std::string_view kPrefix = "python.prefix";
inline constexpr std::string_view kPath = "python.path";         // sys.path, '\n' between
inline constexpr std::string_view kCommand = "process.command";  // argv, '\0' between
inline constexpr std::string_view kWorkingDirectory = "process.cwd";
inline constexpr std::string_view kRoot = "process.root";  // "/" unless in a chroot
inline constexpr std::string_view kStartTime = "process.started";
inline constexpr std::string_view kRss = "process.rss";
inline constexpr std::string_view kTime = "snapshot.time";
inline constexpr std::string_view kMode = "snapshot.mode";          // "twin" | "in-process"
inline constexpr std::string_view kStoppedNs = "snapshot.stopped";  // GIL held for the copy
inline constexpr std::string_view kWaitedNs = "snapshot.waited";    // until the GIL was had
inline constexpr std::string_view kWalkNs = "snapshot.walk";
inline constexpr std::string_view kTwinPid = "twin.pid";      // of the copy that stayed for values
inline constexpr std::string_view kGcEnabled = "gc.enabled";  // "0" | "1"
inline constexpr std::string_view kGcThresholds = "gc.thresholds";  // "700,10,10"
inline constexpr std::string_view kGcCounts = "gc.counts";
inline constexpr std::string_view kGcFrozen = "gc.frozen";  // number of objects
inline constexpr std::string_view kMallocInUse = "malloc.inuse";
inline constexpr std::string_view kMallocFree = "malloc.free";
inline constexpr std::string_view kAgentVersion = "agent.version";
inline constexpr std::string_view kTextLimit = "values.limit";  // bytes kept of a string
inline constexpr std::string_view kSubinterpreters = "interpreters.unwalked";

}  // namespace whyalive::snapshot::meta
