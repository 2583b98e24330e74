#include "server/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "server/cli/interrupt.h"

namespace whyalive::cli {
namespace {

// A bar that would vanish at once only flickers.
constexpr std::int64_t kQuietNs = 300'000'000;
constexpr std::int64_t kRedrawNs = 50'000'000;
constexpr int kBarCells = 24;

std::int64_t nowNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

bool wantsColours() {
  const char* no = std::getenv("NO_COLOR");
  if (no != nullptr && *no != '\0') return false;
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) != "dumb";
}

winsize terminalSize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  if (size.ws_col == 0) size.ws_col = 80;
  return size;
}

void writeAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string_view escapeOf(Style style) {
  switch (style) {
    case Style::Plain: return "";
    case Style::Bold: return "\x1b[1m";
    case Style::Dim: return "\x1b[2m";
    case Style::Red: return "\x1b[31m";
    case Style::Green: return "\x1b[32m";
    case Style::Yellow: return "\x1b[33m";
    case Style::Blue: return "\x1b[34m";
    case Style::Cyan: return "\x1b[36m";
  }
  return "";
}

}  // namespace

Console::Console()
    : outIsTerminal_(isatty(STDOUT_FILENO) == 1),
      errorIsTerminal_(isatty(STDERR_FILENO) == 1),
      colours_(outIsTerminal_ && wantsColours()),
      width_(terminalSize().ws_col),
      height_(terminalSize().ws_row) {}

void Console::print(std::string_view text) {
  clearProgress();
  writeAll(STDOUT_FILENO, text);
}

void Console::printLine(std::string_view text) { print(std::string(text) + '\n'); }

void Console::note(std::string_view text) {
  clearProgress();
  writeAll(STDERR_FILENO, std::string(text) + '\n');
}

std::string Console::styled(Style style, std::string_view text) const {
  const std::string_view escape = escapeOf(style);
  if (!colours_ || escape.empty()) return std::string(text);
  return std::string(escape) + std::string(text) + "\x1b[0m";
}

RunControl Console::progress() {
  watchForInterrupt();
  barStartedNs_ = nowNs();
  return RunControl([this](std::string_view step, double fraction) {
    if (errorIsTerminal_) drawProgress(step, fraction);
    return !interrupted();
  });
}

void Console::clearProgress() {
  if (!barDrawn_) return;
  writeAll(STDERR_FILENO, "\r\x1b[K");
  barDrawn_ = false;
}

void Console::drawProgress(std::string_view step, double fraction) {
  const std::int64_t now = nowNs();
  if (now - barStartedNs_ < kQuietNs || now - barDrawnNs_ < kRedrawNs) return;
  barDrawnNs_ = now;
  barDrawn_ = true;
  const double share = std::clamp(fraction, 0.0, 1.0);
  const int full = static_cast<int>(share * kBarCells);
  std::string line = "\r\x1b[K[";
  line.append(static_cast<std::size_t>(full), '#');
  line.append(static_cast<std::size_t>(kBarCells - full), '.');
  line += "] " + std::to_string(static_cast<int>(share * 100)) + "% " + printable(step);
  writeAll(STDERR_FILENO, line);
}

}  // namespace whyalive::cli
