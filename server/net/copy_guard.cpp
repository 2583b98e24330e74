#include "server/net/copy_guard.h"

namespace whyalive::net {

using agent::wire::Guard;

std::string_view guardWarning(Guard guard) {
  switch (guard) {
    case Guard::Seccomp: return "";
    case Guard::Landlock:
      return "This kernel refuses seccomp filters. Landlock keeps code in the copy from writing "
             "and removing files, TCP connections, signals to other processes and starting "
             "programs; nothing keeps it from changing a file's mode or owner and from UDP.";
    case Guard::LandlockFiles:
      return "This kernel refuses seccomp filters. Landlock keeps code in the copy from writing "
             "and removing files and from starting programs; nothing keeps it from connecting "
             "somewhere and from signals to other processes.";
    default: break;
  }
  return "This kernel has neither seccomp filters nor Landlock: code in the copy can remove files, "
         "connect somewhere and signal other processes as any program of yours can. The process's "
         "own descriptors and memory are out of its reach, and no file can grow by it.";
}

std::string copyWarning(const agent::wire::TwinEvent& welcome) {
  std::string text(guardWarning(welcome.guard));
  if (welcome.mallocHeld == 0) return text;
  if (!text.empty()) text += ' ';
  return text +
         "The C library's allocator was locked in the moment of the copy: what asks it for memory "
         "(extension modules do, Python itself does not) stands still there until its time is "
         "over. A new snapshot has another copy.";
}

std::string_view guardNote(Guard guard) {
  switch (guard) {
    case Guard::Seccomp: return "";
    case Guard::Landlock:
    case Guard::LandlockFiles: return "Landlock, but no seccomp, guards what runs in it";
    default: return "no seccomp and no Landlock guards what runs in it";
  }
}

std::optional<Guard> guardOfCopyNamed(std::string_view processName) {
  constexpr std::string_view name = "whyalive-twin";
  if (!processName.starts_with(name)) return std::nullopt;
  const std::string_view rest = processName.substr(name.size());
  if (rest.empty()) return Guard::Seccomp;
  if (rest.size() != 2 || rest[0] != '-' || rest[1] < '0' || rest[1] > '9') return std::nullopt;
  return static_cast<Guard>(rest[1] - '0');
}

}  // namespace whyalive::net
