// Document: an editor's buffer. After an edit only the pieces of the text that changed are parsed.
// Not shared between threads.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/sources/line_table.h"
#include "server/sources/piece_syntax.h"
#include "server/sources/python_syntax.h"
#include "server/sources/text_position.h"

namespace whyalive::sources {

class Document {
 public:
  explicit Document(std::string text);

  void apply(const TextEdit& edit);
  const std::string& text() const { return text_; }
  std::string_view line(std::uint32_t number) const { return lines_.line(text_, number); }
  std::uint32_t lineCount() const { return lines_.lineCount(); }

  // The syntax of the text as it is now; parses what changed since the last call.
  const Syntax& syntax(PythonParser& parser);
  std::size_t parsedPieces() const { return pieces_.parsedPieces(); }  // by that call

 private:
  std::string text_;
  LineTable lines_;
  PieceSyntax pieces_;
  Syntax syntax_;
  bool changed_ = true;
};

}  // namespace whyalive::sources
