#include "server/cli/line_editor.h"

#include <editline/readline.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace whyalive::cli {
namespace {

constexpr int kMostHistory = 2000;
constexpr int kLookEveryMs = 200;  // for a signal that came just before the waiting

// libedit calls back without a context.
LineEditor::Complete* completing = nullptr;
std::vector<std::string> matches;
std::size_t nextMatch = 0;
std::optional<LineEditor::Typed> typed;

char* nextOfMatches(const char*, int state) {
  if (state == 0) nextMatch = 0;
  return nextMatch < matches.size() ? strdup(matches[nextMatch++].c_str()) : nullptr;
}

char** completeWord(const char* word, int, int) {
  rl_attempted_completion_over = 1;  // no file names
  rl_completion_append_character = 0;
  if (completing == nullptr) return nullptr;
  matches = (*completing)(word, rl_line_buffer, static_cast<std::size_t>(rl_point));
  return matches.empty() ? nullptr : rl_completion_matches(word, nextOfMatches);
}

void lineDone(char* line) {
  rl_callback_handler_remove();
  typed = line == nullptr ? LineEditor::Typed{LineEditor::Outcome::End, {}}
                          : LineEditor::Typed{LineEditor::Outcome::Line, line};
  std::free(line);
}

}  // namespace

LineEditor::LineEditor(std::string historyFile, Complete complete)
    : historyFile_(std::move(historyFile)) {
  static Complete held;
  held = std::move(complete);
  completing = &held;
  static const char name[] = "whyalive";
  static char breaks[] = " \t\n`!@#$%^&*()-=+[{]}|;:'\",<>?/\\~";
  rl_readline_name = name;
  rl_basic_word_break_characters = breaks;
  rl_completer_word_break_characters = breaks;
  rl_attempted_completion_function = completeWord;
  using_history();
  stifle_history(kMostHistory);
  if (!historyFile_.empty()) read_history(historyFile_.c_str());
}

LineEditor::~LineEditor() {
  completing = nullptr;
  if (historyFile_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(historyFile_).parent_path(), ignored);
  const mode_t before = umask(0077);  // it holds what was looked at
  write_history(historyFile_.c_str());
  umask(before);
}

void LineEditor::remember(const std::string& input) {
  if (!input.empty()) add_history(input.c_str());
}

LineEditor::Typed LineEditor::read(const std::string& prompt, int elsewhere,
                                   const std::function<bool()>& interrupted) {
  typed.reset();
  rl_callback_handler_install(prompt.c_str(), lineDone);
  while (!typed) {
    pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {elsewhere, POLLIN, 0}};
    const int ready = poll(waits, 2, kLookEveryMs);
    if (interrupted()) {
      typed = Typed{Outcome::Interrupted, {}};
    } else if (ready < 0) {
      if (errno != EINTR) typed = Typed{Outcome::End, {}};
    } else if (waits[1].revents != 0) {
      typed = Typed{Outcome::Elsewhere, {}};
    } else {
      if (ready > 0) rl_callback_read_char();
      continue;
    }
    if (typed) rl_callback_handler_remove();
  }
  return *std::exchange(typed, std::nullopt);
}

}  // namespace whyalive::cli
