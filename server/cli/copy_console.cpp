#include "server/cli/copy_console.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/cli/console.h"
#include "server/cli/interrupt.h"
#include "server/cli/line_editor.h"
#include "server/cli/text.h"
#include "server/features/heap_questions.h"
#include "server/heap/analysis.h"
#include "server/heap/select.h"
#include "server/heap/snapshot_reader.h"
#include "server/net/copy_guard.h"
#include "server/sql/sql_session.h"

namespace whyalive::cli {
namespace {

using Json = nlohmann::json;

// A limit of the console's lets Python raise first; this much later its process is ended.
constexpr std::chrono::milliseconds kGrace{2000};

const char* shellName(CopyConsoleOptions::Shell shell) {
  return shell == CopyConsoleOptions::Shell::IPython ? "must" : "try";
}

std::string textOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string clockTime(std::uint64_t agoMs) {
  const std::time_t then = std::time(nullptr) - static_cast<std::time_t>(agoMs / 1000);
  std::tm local{};
  localtime_r(&then, &local);
  char text[16];
  return std::string(text, std::strftime(text, sizeof text, "%H:%M:%S", &local));
}

}  // namespace

// The snapshot as far as it has been needed.
struct CopyConsole::Heap {
  std::shared_ptr<const net::SnapshotBytes> bytes;
  std::shared_ptr<const heap::Analysis> analysis;
  std::optional<sql::SqlSession> sql;

  Result<void> analyse(const RunControl& control) {
    if (analysis) return {};
    auto snapshot = heap::readSnapshot(bytes->view(), bytes, control);
    if (!snapshot) return std::unexpected(snapshot.error());
    auto analysed = heap::analyse(std::move(*snapshot), control);
    if (!analysed) return std::unexpected(analysed.error());
    analysis = std::move(*analysed);
    return {};
  }

  Result<sql::SqlResult> ask(const std::string& query, const RunControl& control) {
    if (!sql) {
      auto opened = sql::SqlSession::open(analysis);
      if (!opened) return std::unexpected(opened.error());
      sql.emplace(*std::move(opened));
    }
    return sql->query(query, {}, control);
  }
};

CopyConsole::CopyConsole(Console& terminal, std::unique_ptr<net::TwinConnection> twin,
                         std::string socket, net::SnapshotBytes snapshot,
                         CopyConsoleOptions options)
    : terminal_(terminal),
      twin_(std::move(twin)),
      socket_(std::move(socket)),
      options_(std::move(options)),
      heap_(std::make_unique<Heap>()) {
  heap_->bytes = std::make_shared<const net::SnapshotBytes>(std::move(snapshot));
}

CopyConsole::~CopyConsole() = default;

// What input() and a debugger's prompt read there.
Json CopyConsole::readForCopy(const Json& question) {
  if (editor_ == nullptr) return {{"answer", "end"}};
  answering_ = true;
  const auto typed =
      editor_->read(printable(textOf(question, "prompt")), -1, [] { return interruptCount() > 0; });
  answering_ = false;
  if (typed.outcome == LineEditor::Outcome::Line) {
    editor_->remember(typed.line);
    return {{"answer", "line"}, {"line", typed.line}};
  }
  terminal_.printLine();
  countInterrupts();
  return {{"answer", typed.outcome == LineEditor::Outcome::End ? "end" : "interrupt"}};
}

net::HeapAnswer CopyConsole::answer(const Json& question) {
  if (textOf(question, "ask") == "input") return Json{{"answer", readForCopy(question)}};
  const RunControl control([](std::string_view, double) { return interruptCount() == 0; });
  if (auto fine = heap_->analyse(control); !fine) return Json{{"error", fine.error().text()}};
  const auto sql = [&](const std::string& query) { return heap_->ask(query, control); };
  return features::answerHeapQuestion(*heap_->analysis, sql, question);
}

Result<net::CopyReply> CopyConsole::ask(const Json& request) {
  countInterrupts();
  net::CopyHooks hooks;
  hooks.answerHeap = [this](const Json& question) { return answer(question); };
  hooks.print = [this](std::string_view text) {
    if (capture_) {
      captured_ += text;
    } else {
      terminal_.print(terminal_.isTerminal() ? filter_.pass(text) : std::string(text));
    }
  };
  hooks.watch = [] {
    const int count = interruptCount();
    return count == 0 ? net::Wish::GoOn : count == 1 ? net::Wish::Interrupt : net::Wish::Kill;
  };
  return process_->ask(request, hooks);
}

Result<Json> CopyConsole::open(CopyConsoleOptions::Shell shell, bool colours) {
  net::CopyLimits limits;
  limits.memoryBytes = options_.memoryBytes;
  auto process = net::CopyProcess::start(socket_, limits);
  if (!process) return std::unexpected(process.error());
  process_ = std::move(*process);
  Json request{{"op", "open"}, {"colours", colours}, {"keyboard", editor_ != nullptr}};
  if (shell != CopyConsoleOptions::Shell::Plain) request["ipython"] = shellName(shell);
  if (options_.object) {
    const RunControl control([](std::string_view, double) { return interruptCount() == 0; });
    if (auto fine = heap_->analyse(control); !fine) return std::unexpected(fine.error());
    const auto object = heap::objectWithId(*heap_->analysis, *options_.object);
    if (!object) return std::unexpected(object.error());
    request["underscore"] = heap_->analysis->graph().address(*object);
  }
  auto reply = ask(request);
  if (!reply) return std::unexpected(reply.error());
  if (!reply->reply) {
    return fail(ErrorCode::Disconnected, "the console's process broke off while it started",
                "try again with --plain");
  }
  if (reply->reply->contains("error")) {
    return fail(ErrorCode::Unsupported, textOf((*reply->reply)["error"], "message"),
                "try again with --plain");
  }
  usePrompts(*reply->reply);
  return std::move(*reply->reply);
}

void CopyConsole::usePrompts(const Json& reply) {
  const auto prompts = reply.find("prompts");
  if (prompts == reply.end() || !prompts->is_array() || prompts->size() != 2) return;
  if ((*prompts)[0].is_string()) prompt_ = printable((*prompts)[0].get<std::string>());
  if ((*prompts)[1].is_string()) continuation_ = printable((*prompts)[1].get<std::string>());
}

std::string CopyConsole::banner(const Json& opened) const {
  const auto& welcome = twin_->welcome();
  return "Python " + printable(textOf(opened, "python")) + " in a frozen copy of process " +
         std::to_string(welcome.target) + ", as it was at " + clockTime(welcome.ageMs) +
         ".\nWhatever is done here touches the copy only; the process runs on.\n" +
         warnings(opened) +
         "heap.by_type('Node'), heap.object(id), heap.referrers(o), heap.path(o), "
         "heap.count('Node'),\n"
         "heap.sql('SELECT …'), heap.frames(), heap.debug(); Ctrl-D leaves.";
}

// What people should know of this copy; empty, or lines.
std::string CopyConsole::warnings(const Json& opened) const {
  std::string text = net::copyWarning(twin_->welcome());
  if (!text.empty()) text += '\n';
  const auto others = opened.find("otherInterpreters");
  if (others != opened.end() && others->is_number_unsigned() && *others != 0) {
    const std::string count = std::to_string(others->get<std::uint64_t>());
    text += "The process has " + count +
            (count == "1" ? " other interpreter" : " other interpreters") +
            "; this is the main one, and there is no way to " + (count == "1" ? "it" : "them") +
            " from here.\n";
  }
  return text;
}

// For code that nobody is there to be greeted for.
void CopyConsole::warn(const Json& opened) {
  std::string text = warnings(opened);
  if (text.empty()) return;
  text.pop_back();
  terminal_.note(text);
}

// One input, whatever becomes of it; an error when there is nothing to go on with.
Result<void> CopyConsole::input(const std::string& source) {
  const auto seconds =
      std::chrono::milliseconds(static_cast<std::int64_t>(options_.timeout * 1000));
  if (seconds.count() > 0) {
    if (auto told = process_->allow(seconds + kGrace); !told) return told;
  }
  auto reply = ask({{"op", "run"}, {"source", source}, {"milliseconds", seconds.count()}});
  if (!reply) return std::unexpected(reply.error());
  if (seconds.count() > 0) {
    if (auto told = process_->allow(std::chrono::milliseconds(0)); !told) return told;
  }
  showOutcome(*reply);
  if (!reply->reply) {
    return fail(ErrorCode::Disconnected, "the console's process has ended",
                "start another one; the copy may still be there");
  }
  usePrompts(*reply->reply);
  return {};
}

void CopyConsole::showOutcome(const net::CopyReply& reply) {
  if (reply.fate == net::CopyFate::Restored) {
    const bool killed = reply.signal == SIGKILL;
    terminal_.note(std::string("The input ") +
                   (killed
                        ? "was ended"
                        : "broke the interpreter (" + std::string(strsignal(reply.signal)) + ")") +
                   "; the console goes on from the state before it.");
  }
  if (!reply.reply || !reply.reply->contains("error")) return;
  const std::string trace = textOf((*reply.reply)["error"], "traceback");
  const std::string shown = trace.empty() ? textOf((*reply.reply)["error"], "message") : trace;
  terminal_.note(filter_.pass(shown.substr(0, shown.find_last_not_of('\n') + 1)));
}

bool CopyConsole::isWhole(const std::string& source) {
  auto reply = ask({{"op", "check"}, {"source", source}});
  return !reply || !reply->reply || textOf(*reply->reply, "state") != "incomplete";
}

// Lines until they are a whole input. Nothing: the person or the copy has gone.
Result<std::optional<std::string>> CopyConsole::readInput() {
  std::string source;
  countInterrupts();
  for (;;) {
    const auto typed = editor_->read(source.empty() ? prompt_ : continuation_, twin_->descriptor(),
                                     [] { return interruptCount() > 0; });
    switch (typed.outcome) {
      case LineEditor::Outcome::End: terminal_.printLine(); return std::nullopt;
      case LineEditor::Outcome::Elsewhere: {
        auto said = twin_->next();
        if (!said) {
          terminal_.printLine();
          return std::unexpected(said.error());
        }
        continue;
      }
      case LineEditor::Outcome::Interrupted:
        terminal_.printLine("\nKeyboardInterrupt");
        countInterrupts();
        source.clear();
        continue;
      case LineEditor::Outcome::Line: break;
    }
    source += source.empty() ? typed.line : "\n" + typed.line;
    if (source.find_first_not_of(" \t\n") == std::string::npos) {
      source.clear();
    } else if (isWhole(source)) {
      return source;
    }
  }
}

Result<int> CopyConsole::converse() {
  LineEditor editor(options_.historyFile,
                    [this](const std::string& word, const std::string& line, std::size_t cursor) {
                      std::vector<std::string> found;
                      if (answering_) return found;
                      auto reply = ask({{"op", "complete"},
                                        {"text", word},
                                        {"line", line},
                                        {"cursor", cursor},
                                        {"milliseconds", 1000}});
                      if (!reply || !reply->reply || !reply->reply->contains("matches"))
                        return found;
                      for (const Json& one : (*reply->reply)["matches"]) {
                        if (one.is_string()) found.push_back(printable(one.get<std::string>()));
                      }
                      return found;
                    });
  editor_ = &editor;
  const auto opened = open(options_.shell, terminal_.styled(Style::Red, "") != "");
  if (!opened) return std::unexpected(opened.error());
  terminal_.printLine(banner(*opened));
  for (;;) {
    const auto source = readInput();
    if (!source) return std::unexpected(source.error());
    if (!*source) return 0;
    editor.remember(**source);
    if (auto done = input(**source); !done) return std::unexpected(done.error());
  }
}

Result<int> CopyConsole::run(const std::string& source) {
  const auto opened = open(CopyConsoleOptions::Shell::Plain, false);
  if (!opened) return std::unexpected(opened.error());
  warn(*opened);
  auto reply = ask({{"op", "run"},
                    {"source", source},
                    {"milliseconds", static_cast<std::int64_t>(options_.timeout * 1000)}});
  if (!reply) return std::unexpected(reply.error());
  showOutcome(*reply);
  const bool fine = reply->fate == net::CopyFate::Replied && !reply->reply->contains("error");
  return fine ? 0 : 1;
}

Result<int> CopyConsole::runForJson(const std::string& source) {
  const auto opened = open(CopyConsoleOptions::Shell::Plain, false);
  if (!opened) return std::unexpected(opened.error());
  warn(*opened);
  capture_ = true;
  auto reply = ask({{"op", "run"},
                    {"source", source},
                    {"milliseconds", static_cast<std::int64_t>(options_.timeout * 1000)}});
  if (!reply) return std::unexpected(reply.error());
  Json error = nullptr;
  if (reply->fate != net::CopyFate::Replied) {
    error = {
        {"kind", "crash"},
        {"type", ""},
        {"traceback", ""},
        {"message", std::string("the interpreter broke off (") + strsignal(reply->signal) + ")"}};
  } else if (reply->reply->contains("error")) {
    error = (*reply->reply)["error"];
  }
  const bool failed = !error.is_null();
  printJson(terminal_, {{"pid", twin_->welcome().target},
                        {"copy", twin_->welcome().pid},
                        {"output", captured_},
                        {"error", std::move(error)}});
  return failed ? 1 : 0;
}

}  // namespace whyalive::cli
