#include "server/cli/terminal_filter.h"

namespace whyalive::cli {
namespace {

constexpr std::size_t kLongestSequence = 64;
constexpr char kEscape = '\x1b';
// UTF-8 of U+0080 to U+009F, the control characters of eight bits, begins with it.
constexpr char kLatin = '\xc2';

bool isParameter(char c) { return (c >= '0' && c <= '9') || c == ';' || c == ':'; }
bool isPlain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }
bool isEightBitControl(char c) { return (static_cast<unsigned char>(c) & 0xe0) == 0x80; }

}  // namespace

std::string TerminalFilter::pass(std::string_view piece) {
  std::string shown;
  for (const char c : piece) {
    if (sequence_.empty()) {
      if (c == kEscape || c == kLatin) {
        sequence_ = c;
      } else if (isPlain(c) || c == '\n' || c == '\t') {
        shown += c;
      }
      continue;
    }
    if (c == kEscape) {  // begins anew
      sequence_ = c;
      continue;
    }
    sequence_ += c;
    if (sequence_[0] == kLatin) {
      if (!isEightBitControl(c)) shown += sequence_;
      sequence_.clear();
      continue;
    }
    const bool goesOn = sequence_.size() == 2 ? c == '[' : isParameter(c);
    if (goesOn && sequence_.size() < kLongestSequence) continue;
    if (c == 'm' && sequence_.size() > 2) shown += sequence_;  // a colour
    sequence_.clear();
  }
  return shown;
}

}  // namespace whyalive::cli
