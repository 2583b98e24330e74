#include "server/attach/remote_script.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <thread>

#include "server/attach/diagnosis.h"
#include "server/attach/visible_file.h"

namespace whyalive::attach {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// struct _Py_DebugOffsets, which begins _PyRuntime: words, all offsets into other structures. The
// first ones lie alike everywhere, the ones of the debugger are the last of each version's table.
constexpr std::string_view kCookie = "xdebugpy";
constexpr std::size_t kInterpretersHead = 40;
constexpr std::size_t kThreadsMain = 80;
struct OffsetsRow {
  Version version;
  std::size_t
      debuggerSupport;  // eval_breaker, support, enabled, pending_call, script_path, its size
};
constexpr OffsetsRow kRows[] = {{{3, 14}, 712}, {{3, 15}, 840}};
constexpr std::uint64_t kPleaseStop = 1 << 5;  // _PY_EVAL_PLEASE_STOP_BIT
constexpr std::uint64_t kLargestOffset = 1 << 20;

struct DebuggerSupport {
  std::uint64_t evalBreaker, support, enabled, pendingCall, scriptPath, scriptPathSize;
};

bool plausible(const DebuggerSupport& offsets) {
  return offsets.evalBreaker < kLargestOffset && offsets.support < kLargestOffset &&
         offsets.enabled < kLargestOffset && offsets.pendingCall < kLargestOffset &&
         offsets.scriptPath < kLargestOffset && offsets.scriptPathSize >= 64 &&
         offsets.scriptPathSize <= 4096;
}

std::unexpected<Error> noMailbox(const std::string& why) {
  return fail(ErrorCode::Unsupported, "the process takes no script from outside: " + why,
              "use `whyalive attach --method loader`");
}

// One expression, so that no name is left in the program's __main__.
std::string scriptText(const ScriptRequest& request, const std::string& folder) {
  const auto quoted = [](const std::string& text) {
    std::string literal = "bytes.fromhex('";
    for (const char c : text) {
      constexpr char kHex[] = "0123456789abcdef";
      literal += kHex[static_cast<unsigned char>(c) >> 4];
      literal += kHex[c & 15];
    }
    return literal + "').decode('utf-8', 'surrogateescape')";
  };
  return "exec('''\n"
         "import os, sys\n"
         "from importlib.util import spec_from_file_location, module_from_spec\n"
         "def answer(good, text, folder=" +
         quoted(folder) +
         "):\n"
         "    with open(folder + '/answer.part', 'w') as file:\n"
         "        file.write(('+' if good else '-') + text)\n"
         "    os.rename(folder + '/answer.part', folder + '/answer')\n"
         "try:\n"
         "    name = " +
         quoted(request.module) +
         "\n"
         "    module = sys.modules.get(name)\n"
         "    if module is None:\n"
         "        spec = spec_from_file_location(name, " +
         quoted(request.library) +
         ")\n"
         "        module = module_from_spec(spec)\n"
         "        spec.loader.exec_module(module)\n"
         "        sys.modules[name] = module\n"
         "    answer(True, module.attach(" +
         quoted(request.argument) +
         "))\n"
         "except BaseException as error:\n"
         "    answer(False, str(error) or type(error).__name__)\n"
         "''', {})\n";
}

// Whether the request is still there. An unreadable process is dealt with by the caller.
bool waits(const TargetMemory& memory, const ScriptMailbox& mailbox) {
  return readValue<std::int32_t>(memory.reader(), mailbox.pending).value_or(0) == 1;
}

template <class Value>
Result<void> put(const TargetMemory& memory, Address address, const Value& value) {
  return memory.write(address, std::as_bytes(std::span(&value, 1)));
}

// In this order: the path must be whole before the thread looks.
Result<void> post(const TargetMemory& memory, const ScriptMailbox& mailbox,
                  const std::string& path) {
  const auto breaker = readValue<std::uint64_t>(memory.reader(), mailbox.evalBreaker);
  if (!breaker) return std::unexpected(breaker.error());
  const auto bytes = std::as_bytes(std::span(path.c_str(), path.size() + 1));
  if (auto done = memory.write(mailbox.path, bytes); !done) return done;
  if (auto done = put(memory, mailbox.pending, std::int32_t{1}); !done) return done;
  return put(memory, mailbox.evalBreaker, *breaker | kPleaseStop);
}

}  // namespace

Result<ScriptMailbox> findMailbox(const Interpreter& interpreter, const ReadMemory& read) {
  const OffsetsRow* row = nullptr;
  for (const OffsetsRow& one : kRows) {
    if (one.version == interpreter.version) row = &one;
  }
  if (row == nullptr)
    return noMailbox("CPython " + interpreter.version.text() + " has no such door");
  const auto runtime = interpreter.image.find("_PyRuntime");
  if (!runtime) return noMailbox("its runtime state was not found");
  const auto cookie = readValue<std::array<char, 8>>(read, *runtime);
  const auto version = readValue<std::uint64_t>(read, *runtime + kCookie.size());
  const auto offsets = readValue<DebuggerSupport>(read, *runtime + row->debuggerSupport);
  const auto head = readValue<std::uint64_t>(read, *runtime + kInterpretersHead);
  const auto threads = readValue<std::uint64_t>(read, *runtime + kThreadsMain);
  if (!cookie || std::string_view(cookie->data(), 8) != kCookie || !version ||
      (*version >> 16 & 0xff) != static_cast<unsigned>(interpreter.version.minor) || !offsets ||
      !plausible(*offsets) || !head || !threads) {
    return noMailbox("its table of offsets is of another form");
  }
  const auto state = readValue<std::uint64_t>(read, *runtime + *head);
  if (!state || *state == 0) return noMailbox("it has no interpreter yet");
  const auto enabled = readValue<std::int32_t>(read, *state + offsets->enabled);
  if (!enabled || *enabled != 1) return noMailbox("its remote debugging is switched off");
  const auto thread = readValue<std::uint64_t>(read, *state + *threads);
  if (!thread || *thread == 0) return noMailbox("its main thread was not found");
  const Address support = *thread + offsets->support;
  return ScriptMailbox{.pending = support + offsets->pendingCall,
                       .path = support + offsets->scriptPath,
                       .evalBreaker = *thread + offsets->evalBreaker,
                       .pathSize = offsets->scriptPathSize};
}

Result<std::optional<std::string>> runScript(const Target& target, const ScriptRequest& request,
                                             const RunControl& control) {
  const TargetMemory memory(target.pid);
  const auto mailbox = findMailbox(target.interpreter, memory.reader());
  if (!mailbox) return std::unexpected(mailbox.error());
  if (waits(memory, *mailbox)) return noMailbox("another script is waiting already");
  const auto folder = PrivateFolder::make(target.status);
  if (!folder) return std::unexpected(folder.error());
  const std::string theirs = folder->asTheySeeIt();
  if (theirs.size() + 16 > mailbox->pathSize) return noMailbox("the path is too long");
  const auto written = folder->write("attach.py", scriptText(request, theirs));
  if (!written) return std::unexpected(written.error());
  if (auto done = post(memory, *mailbox, theirs + "/attach.py"); !done) {
    return std::unexpected(done.error());
  }
  const Clock::time_point start = Clock::now();
  for (;; std::this_thread::sleep_for(1ms)) {
    if (const auto answer = readWhole(folder->asWeSeeIt() + "/answer");
        answer && !answer->empty()) {
      if (answer->front() == '+') return answer->substr(1);
      return fail(ErrorCode::Unsupported, answer->substr(1));
    }
    const auto spent = Clock::now() - start;
    const bool goOn = control.keepGoing("waiting for the interpreter", 0);
    if (waits(memory, *mailbox)) {
      if (goOn && spent < request.takeUp) continue;
      if (auto done = put(memory, mailbox->pending, std::int32_t{0}); !done) {
        return std::unexpected(done.error());
      }
      if (!goOn) return fail(ErrorCode::Cancelled, "attaching was cancelled; the process goes on");
      return std::nullopt;
    }
    if (!statusOf(target.pid)) {
      return fail(ErrorCode::Disconnected, "process " + std::to_string(target.pid) +
                                               " ended while it was being attached to");
    }
    if (!goOn || spent > request.finish) {
      return fail(ErrorCode::Cancelled,
                  "the process has taken the script up but did not finish it");
    }
  }
}

}  // namespace whyalive::attach
