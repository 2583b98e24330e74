// A Python console in the frozen copy of a process: what a person types runs there and prints here.
// Questions to `heap` are answered from the snapshot, which is analysed when the first one comes.
//
// Blocking; one thread. Ctrl-C interrupts what runs, a second one ends it; the state before it
// stays.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "protocol/base/result.h"
#include "server/cli/terminal_filter.h"
#include "server/net/copy_process.h"
#include "server/net/take_snapshot.h"

namespace whyalive::heap {
class Analysis;
}
namespace whyalive::sql {
class SqlSession;
}

namespace whyalive::cli {

class Console;
class LineEditor;

struct CopyConsoleOptions {
  enum class Shell { Plain, Best, IPython };
  Shell shell = Shell::Best;
  std::optional<std::uint32_t> object;  // what _ stands for
  double timeout = 0;                   // seconds for one input; 0: any
  std::uint64_t memoryBytes = std::uint64_t{512} << 20;
  std::string historyFile;
};

class CopyConsole {
 public:
  CopyConsole(Console& terminal, std::unique_ptr<net::TwinConnection> twin, std::string socket,
              net::SnapshotBytes snapshot, CopyConsoleOptions options);
  ~CopyConsole();

  // At a terminal, until Ctrl-D or the copy's end.
  Result<int> converse();
  // Runs the source as it is; exit code 1 after an error in it, whose traceback goes to stderr.
  Result<int> run(const std::string& source);
  // The same as JSON (docs/cli.md).
  Result<int> runForJson(const std::string& source);

 private:
  struct Heap;
  Result<nlohmann::json> open(CopyConsoleOptions::Shell shell, bool colours);
  Result<net::CopyReply> ask(const nlohmann::json& request);
  net::HeapAnswer answer(const nlohmann::json& question);
  nlohmann::json readForCopy(const nlohmann::json& question);
  Result<void> input(const std::string& source);
  Result<std::optional<std::string>> readInput();
  bool isWhole(const std::string& source);
  std::string warnings(const nlohmann::json& opened) const;
  void warn(const nlohmann::json& opened);
  void showOutcome(const net::CopyReply& reply);
  void usePrompts(const nlohmann::json& reply);
  std::string banner(const nlohmann::json& opened) const;

  Console& terminal_;
  std::unique_ptr<net::TwinConnection> twin_;
  std::string socket_;
  CopyConsoleOptions options_;
  std::unique_ptr<Heap> heap_;
  std::unique_ptr<net::CopyProcess> process_;
  TerminalFilter filter_;
  std::string captured_;
  bool capture_ = false;
  std::string prompt_ = ">>> ", continuation_ = "... ";
  LineEditor* editor_ = nullptr;
  bool answering_ = false;  // the copy's process waits for a line, and can be asked nothing
};

}  // namespace whyalive::cli
