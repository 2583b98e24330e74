#include "server/attach/diagnosis.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "server/attach/target.h"

namespace whyalive::attach {
namespace {

constexpr unsigned kTraceCapability = 19;  // CAP_SYS_PTRACE

std::string named(const ProcessStatus& status) {
  return "process " + std::to_string(status.threadGroup) + " (" + status.name + ")";
}

bool hasTraceCapability() {
  const std::string text = readProcFile(getpid(), "status").value_or("");
  const std::size_t line = text.find("CapEff:\t");
  if (line == std::string::npos) return false;
  std::uint64_t capabilities = 0;
  std::from_chars(text.data() + line + 8, text.data() + line + 24, capabilities, 16);
  return (capabilities >> kTraceCapability & 1) != 0;
}

int yamaScope() {
  std::error_code error;
  if (!std::filesystem::exists("/proc/sys/kernel/yama/ptrace_scope", error)) return 0;
  const auto text = readProcFile(getpid(), "../sys/kernel/yama/ptrace_scope");
  int scope = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), scope);
  return scope;
}

Error refused(const ProcessStatus& status, const std::string& why, std::string remedy) {
  return {ErrorCode::PermissionDenied, "whyalive may not look into " + named(status) + ": " + why,
          std::move(remedy)};
}

Error refusedByYama(const ProcessStatus& status, int scope) {
  const std::string setting = "the setting kernel.yama.ptrace_scope is " + std::to_string(scope);
  if (scope >= 3) {
    return refused(status, setting + ", which forbids it to everybody until the next boot",
                   "start the program with `whyalive run`, which needs no permission");
  }
  if (scope == 2) {
    return refused(status, setting + ", which allows it to administrators only",
                   "run whyalive with sudo, or start the program with `whyalive run`");
  }
  return refused(
      status, setting + ", which allows it for a program's own children only",
      "run `sudo sysctl kernel.yama.ptrace_scope=0`, run whyalive with sudo, or start the "
      "program with `whyalive run`");
}

}  // namespace

Result<ProcessStatus> statusOf(pid_t pid) {
  const auto gone = [&] {
    return fail(ErrorCode::NotFound, "there is no process " + std::to_string(pid),
                "`whyalive ps` lists the Python processes");
  };
  if (pid <= 0) return gone();
  const auto text = readProcFile(pid, "status");
  if (!text) return gone();
  auto status = parseStatus(*text);
  if (!status) return gone();
  if (status->threadGroup != pid) return statusOf(status->threadGroup);
  if (status->state == 'Z' || status->state == 'X') {
    return fail(ErrorCode::NotFound, "the " + named(*status) + " has ended already");
  }
  return *status;
}

AccessFacts accessFacts(const ProcessStatus& status) {
  namespace fs = std::filesystem;
  AccessFacts facts;
  facts.ourUser = geteuid();
  facts.mayTraceAll = hasTraceCapability();
  facts.yamaScope = yamaScope();
  const std::string folder = "/proc/" + std::to_string(status.threadGroup);
  std::error_code error;
  const fs::path theirs = fs::read_symlink(folder + "/ns/user", error);
  if (!error) facts.sameUserNamespace = theirs == fs::read_symlink("/proc/self/ns/user", error);
  struct stat owner{};
  // The kernel gives a hidden process's files to root.
  if (stat((folder + "/environ").c_str(), &owner) == 0)
    facts.dumpable = owner.st_uid == status.user;
  if (status.tracer > 0) {
    const auto tracer = parseStatus(readProcFile(status.tracer, "status").value_or(""));
    facts.tracerName = tracer ? tracer->name : "another program";
  }
  return facts;
}

Error whyNoAccess(const ProcessStatus& status, const AccessFacts& facts, int error) {
  if (error == ESRCH) {
    return {ErrorCode::NotFound, "the " + named(status) + " has ended", ""};
  }
  if (status.tracer > 0) {
    return refused(status,
                   facts.tracerName + " (process " + std::to_string(status.tracer) +
                       ") is tracing it already, and only one can",
                   "detach that debugger first");
  }
  if (facts.ourUser != status.user && !facts.mayTraceAll) {
    return refused(status, "it belongs to another user (" + std::to_string(status.user) + ")",
                   "run whyalive as that user, or with sudo");
  }
  if (!facts.sameUserNamespace && !facts.mayTraceAll) {
    return refused(status, "it is in another user namespace, as containers are",
                   "run whyalive with sudo, or inside that container");
  }
  if (!facts.dumpable && !facts.mayTraceAll) {
    return refused(status, "it has made itself undumpable, or gained privileges when it started",
                   "run whyalive with sudo");
  }
  if (facts.yamaScope > 0 && !(facts.mayTraceAll && facts.yamaScope < 3)) {
    return refusedByYama(status, facts.yamaScope);
  }
  if (!facts.mayTraceAll && facts.ourUser == 0) {
    return refused(
        status, "this root has no capability CAP_SYS_PTRACE, as in many containers",
        "start the container with --cap-add=SYS_PTRACE, or the program with `whyalive run`");
  }
  return refused(
      status, std::string("the system says \"") + std::strerror(error) + "\"",
      "a security policy (SELinux, AppArmor, seccomp) may forbid ptrace; start the program "
      "with `whyalive run`");
}

Error whyNoAccess(const ProcessStatus& status, int error) {
  return whyNoAccess(status, accessFacts(status), error);
}

}  // namespace whyalive::attach
