#include "server/attach/debugger.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>

#include "server/attach/visible_file.h"

extern char** environ;

namespace whyalive::attach {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLongest = std::chrono::seconds(60);
constexpr std::size_t kMostOutput = std::size_t{1} << 20;
constexpr const char* kText = "whyalive-text: ";
constexpr const char* kFailed = "whyalive-failed: ";

// A C string literal for gdb's parser.
std::string quoted(const std::string& text) {
  std::string literal = "\"";
  for (const char c : text) {
    char octal[8];
    std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned char>(c));
    literal += octal;
  }
  return literal + "\"";
}

std::string function(const char* type, const void* address) {
  char text[160];
  std::snprintf(text, sizeof text, "((%s)%p)", type, address);
  return text;
}

std::string readAll(int descriptor, pid_t child) {
  std::string output;
  std::array<char, 4096> piece;
  const Clock::time_point end = Clock::now() + kLongest;
  while (output.size() < kMostOutput) {
    pollfd ready{descriptor, POLLIN, 0};
    if (poll(&ready, 1, 200) > 0) {
      const ssize_t count = read(descriptor, piece.data(), piece.size());
      if (count <= 0) break;
      output.append(piece.data(), static_cast<std::size_t>(count));
    }
    if (Clock::now() > end) kill(child, SIGTERM);  // gdb detaches
    if (Clock::now() > end + std::chrono::seconds(5)) break;
  }
  return output;
}

Result<std::string> runDebugger(pid_t pid, const std::vector<std::string>& commands) {
  std::vector<std::string> words{"gdb", "--batch", "--nx", "--nh", "-p", std::to_string(pid)};
  for (const std::string& command : commands) words.insert(words.end(), {"-ex", command});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::ResourceExhausted, std::string("no pipe: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "gdb", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    return fail(ErrorCode::NotFound,
                std::string("gdb could not be started: ") + std::strerror(failed),
                "install it (apt-get install gdb), or use `whyalive attach --method loader`");
  }
  std::string output = readAll(ends[0], child);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return output;
}

}  // namespace

std::vector<std::string> debuggerCommands(const Target& target, const std::string& library,
                                          const std::string& argument) {
  const LaunchFunctions& call = target.functions;
  const std::string open =
      function("void *(*)(const char *, int)", reinterpret_cast<const void*>(call.open));
  const std::string symbol =
      function("void *(*)(void *, const char *)", reinterpret_cast<const void*>(call.symbol));
  const std::string error = function("char *(*)(void)", reinterpret_cast<const void*>(call.error));
  // gdb puts string literals into the process's memory; the first one is room for the answer. Its
  // conditional commands need a file, its conditional expressions do not.
  const std::string size = std::to_string(kLongestText);
  return {"set pagination off",
          "set confirm off",
          "set print thread-events off",
          "set $library = " + open + "(" + quoted(library) + ", 2)",
          "set $text = (char *) " + quoted(std::string(kLongestText - 1, ' ')),
          "set $reason = $library ? $text : " + error + "()",
          "set $entry = $library ? " + symbol + "($library, \"" + kAgentEntry + "\") : (void *) 0",
          "set $failed = $entry ? ((int (*)(const char *, char *, unsigned long)) $entry)(" +
              quoted(argument) + ", $text, " + size + ") : 1",
          "printf \"" + std::string(kText) + "%s\\n\", $reason",
          "printf \"" + std::string(kFailed) + "%d\\n\", $failed"};
}

Result<std::string> debuggerAnswer(const std::string& output) {
  const auto lineAfter = [&](const char* mark) -> std::optional<std::string> {
    const std::size_t at = output.find(mark);
    if (at == std::string::npos) return {};
    const std::size_t start = at + std::strlen(mark);
    return output.substr(start, output.find('\n', start) - start);
  };
  const auto failed = lineAfter(kFailed);
  const auto text = lineAfter(kText);
  if (failed == "0" && text) return *text;
  if (failed && text) return fail(ErrorCode::Unsupported, "the agent could not start: " + *text);
  const std::size_t last = output.find_last_not_of('\n');
  if (last == std::string::npos) {
    return fail(ErrorCode::Unsupported, "gdb could not load the agent and said nothing");
  }
  const std::size_t before = output.rfind('\n', last);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  return fail(ErrorCode::Unsupported,
              "gdb could not load the agent: " +
                  output.substr(start, std::min(last + 1 - start, std::size_t{300})));
}

Result<AttachReport> byDebugger(const Target& target, const std::string& library,
                                const std::string& argument) {
  const Clock::time_point start = Clock::now();
  const auto output = runDebugger(target.pid, debuggerCommands(target, library, argument));
  if (!output) return std::unexpected(output.error());
  const auto answer = debuggerAnswer(*output);
  if (!answer) return std::unexpected(answer.error());
  AttachReport report;
  report.method = Method::Debugger;
  report.socket = pathAsWeSeeIt(target.pid, *answer);
  report.wasLoaded = target.functions.entry != nullptr;
  report.cost.totalNs = std::chrono::nanoseconds(Clock::now() - start).count();
  return report;
}

}  // namespace whyalive::attach
