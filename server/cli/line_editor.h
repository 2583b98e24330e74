// Lines typed at a terminal: editing, history and completion, by libedit. While it waits for a key
// it also watches one more descriptor, so that a console can tell what happens elsewhere.
//
// libedit has one state a process, so there is one editor at a time. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace whyalive::cli {

class LineEditor {
 public:
  using Complete = std::function<std::vector<std::string>(
      const std::string& word, const std::string& line, std::size_t cursor)>;

  // `historyFile`: read now, written when it goes; empty: no file.
  LineEditor(std::string historyFile, Complete complete);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  enum class Outcome { Line, End, Interrupted, Elsewhere };
  struct Typed {
    Outcome outcome = Outcome::End;
    std::string line;
  };
  // `elsewhere`: readable ends the waiting. `interrupted`: asked after each signal.
  Typed read(const std::string& prompt, int elsewhere, const std::function<bool()>& interrupted);
  void remember(const std::string& input);

 private:
  std::string historyFile_;
};

}  // namespace whyalive::cli
