// Lets through what a program in the copy may print on a terminal: text, line ends and colours.
// Other control sequences would be commands of the looked-into process to the person's terminal.
#pragma once

#include <string>
#include <string_view>

namespace whyalive::cli {

class TerminalFilter {
 public:
  // What of this piece may be printed; a sequence that is not whole yet waits for the next piece.
  std::string pass(std::string_view piece);

 private:
  std::string sequence_;  // from ESC on
};

}  // namespace whyalive::cli
