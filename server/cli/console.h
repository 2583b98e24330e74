// The terminal side of a command: results go to stdout, everything else to stderr. Knows whether
// each is a terminal and whether colours are wanted (NO_COLOR, TERM=dumb, not a terminal: none).
//
// Text that came out of a foreign heap passes `printable` before it reaches a terminal.
// One thread. Owns nothing but its own state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/run_control.h"

namespace whyalive::cli {

enum class Style { Plain, Bold, Dim, Red, Green, Yellow, Blue, Cyan };

class Console {
 public:
  Console();

  // Results. A reader that has gone (`| head`) ends the output quietly.
  void print(std::string_view text);
  void printLine(std::string_view text = {});

  // Remarks for the person at the terminal; never part of the result.
  void note(std::string_view text);

  // `text` in the style when stdout takes colours, plain text otherwise.
  std::string styled(Style style, std::string_view text) const;

  bool isTerminal() const { return outIsTerminal_; }
  unsigned width() const { return width_; }
  unsigned height() const { return height_; }  // 0: unknown

  // A progress bar on stderr when it is a terminal; cancels after Ctrl-C. Valid as long as the
  // console. `clearProgress` removes the bar; print and note do it by themselves.
  RunControl progress();
  void clearProgress();

 private:
  void drawProgress(std::string_view step, double fraction);

  bool outIsTerminal_ = false;
  bool errorIsTerminal_ = false;
  bool colours_ = false;
  unsigned width_ = 80;
  unsigned height_ = 0;
  bool barDrawn_ = false;
  std::int64_t barStartedNs_ = 0;
  std::int64_t barDrawnNs_ = 0;
};

// Escapes control characters (terminal escapes too) as \x1b or \u009b; replaces broken UTF-8.
std::string printable(std::string_view text);

}  // namespace whyalive::cli
