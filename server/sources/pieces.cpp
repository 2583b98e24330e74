#include "server/sources/pieces.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace whyalive::sources {
namespace {

constexpr std::uint32_t kWorthSplitting = 2048;  // bytes of a class
constexpr std::uint32_t kTabStop = 8;

enum class Word : std::uint8_t { Other, Opener, Class, Continuation, Decorator };

// A logical line: strings and brackets may take it over several of the text's lines.
struct Line {
  std::uint32_t begin;   // of its first line
  std::uint32_t indent;  // columns
  Word word;
  bool opens;  // ends in a colon
};

bool isEnd(char c) { return c == '\n' || c == '\r'; }
bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

Word wordAt(std::string_view text) {
  if (text.starts_with('@')) return Word::Decorator;
  std::size_t size = 0;
  while (size < text.size() && isWordCharacter(text[size])) ++size;
  const std::string_view word = text.substr(0, size);
  static constexpr std::array<std::string_view, 9> kOpeners = {
      "def", "async", "if", "for", "while", "with", "try", "match", "case"};
  static constexpr std::array<std::string_view, 4> kContinuations = {"else", "elif", "except",
                                                                     "finally"};
  if (word == "class") return Word::Class;
  if (std::ranges::find(kOpeners, word) != kOpeners.end()) return Word::Opener;
  if (std::ranges::find(kContinuations, word) != kContinuations.end()) return Word::Continuation;
  return Word::Other;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Line> run() {
    while (at_ < text_.size()) lineBegins();
    return std::move(lines_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void lineBegins() {
    Line line{static_cast<std::uint32_t>(at_), 0, Word::Other, false};
    for (; peek() == ' ' || peek() == '\t' || peek() == '\f'; ++at_) {
      if (peek() == ' ') ++line.indent;
      if (peek() == '\t') line.indent = (line.indent / kTabStop + 1) * kTabStop;
      if (peek() == '\f') line.indent = 0;
    }
    if (at_ < text_.size() && !isEnd(peek()) && peek() != '#') {
      line.word = wordAt(text_.substr(at_));
      lines_.push_back(line);
    }
    toEnd();
  }

  // Past the end of the logical line.
  void toEnd() {
    int depth = 0;
    char last = '\0';
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (isEnd(c)) {
        ++at_;
        if (depth == 0 || definitionBegins()) break;
        continue;
      }
      if (c == '#') {
        while (at_ < text_.size() && !isEnd(text_[at_])) ++at_;
        continue;
      }
      if (c == '\\') {
        at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
        continue;
      }
      if (c == '\'' || c == '"') {
        skipString(c);
        last = c;
        continue;
      }
      depth += c == '(' || c == '[' || c == '{' ? 1 : 0;
      if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
      if (c != ' ' && c != '\t' && c != '\f') last = c;
      ++at_;
    }
    at_ = std::min(at_, text_.size());
    if (!lines_.empty()) lines_.back().opens = lines_.back().opens || last == ':';
  }

  // Within brackets there is none, so that one is missing before it.
  bool definitionBegins() const {
    std::size_t at = at_;
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t')) ++at;
    const std::string_view rest = text_.substr(at, 10);
    return rest.starts_with("def ") || rest.starts_with("class ") || rest.starts_with("async def ");
  }

  void skipString(char quote) {
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
      } else if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at_ += triple ? 3 : 1;
        return;
      } else if (!triple && isEnd(c)) {
        return;  // it was never closed
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Line> lines_;
};

class Splitter {
 public:
  Splitter(std::string_view text, std::vector<Line> lines) : lines_(std::move(lines)) {
    size_ = static_cast<std::uint32_t>(text.size());
  }

  std::vector<Piece> run() {
    std::size_t first = 0;
    for (std::size_t i = 1; i <= lines_.size(); ++i) {
      if (i < lines_.size() && !begins(i, 0)) continue;
      add(first, i);
      first = i;
    }
    if (pieces_.empty()) pieces_.push_back({PieceKind::Statement, 0, size_});
    return std::move(pieces_);
  }

 private:
  // Whether a statement of a body with this indentation begins here.
  bool begins(std::size_t i, std::uint32_t indent) const {
    const Line& line = lines_[i];
    if (line.indent > indent || line.word == Word::Continuation) return false;
    const Line& before = lines_[i - 1];
    if (before.word == Word::Decorator && before.indent == line.indent) return false;
    const bool interrupts =
        line.word == Word::Other && i + 1 < lines_.size() && lines_[i + 1].indent > line.indent;
    return !interrupts;
  }

  std::uint32_t beginOf(std::size_t i) const {
    return i == 0 ? 0 : i < lines_.size() ? lines_[i].begin : size_;
  }

  void add(std::size_t first, std::size_t end) {
    const std::uint32_t begin = beginOf(first);
    const std::uint32_t stop = beginOf(end);
    std::size_t head = first;
    while (head < end && lines_[head].word == Word::Decorator) ++head;
    const bool splits = head + 1 < end && lines_[head].word == Word::Class && lines_[head].opens &&
                        lines_[head + 1].indent > lines_[head].indent &&
                        stop - begin >= kWorthSplitting;
    if (!splits) {
      pieces_.push_back({PieceKind::Statement, begin, stop});
      return;
    }
    const Line& body = lines_[head + 1];
    pieces_.push_back({PieceKind::ClassHeader, begin, body.begin});
    std::size_t member = head + 1;
    for (std::size_t i = head + 2; i <= end; ++i) {
      if (i < end && !begins(i, body.indent)) continue;
      pieces_.push_back({PieceKind::Member, beginOf(member), beginOf(i)});
      member = i;
    }
  }

  std::vector<Line> lines_;
  std::uint32_t size_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> splitIntoPieces(std::string_view text) {
  return Splitter(text, Scanner(text).run()).run();
}

}  // namespace whyalive::sources
