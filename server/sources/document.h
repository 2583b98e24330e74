// Document: an editor's buffer, reparsed incrementally after each edit. Not shared between threads.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/sources/line_table.h"
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

  // The syntax of the text as it is now; parses and walks what changed since the last call.
  const Syntax& syntax(PythonParser& parser);
  const SyntaxTree& tree() const { return tree_; }  // as of that call

 private:
  std::string text_;
  LineTable lines_;
  SyntaxTree tree_;        // told of edits
  SyntaxTree syntaxTree_;  // what `syntax_` was made of, unedited
  Syntax syntax_;
  bool changed_ = true;
};

}  // namespace whyalive::sources
