#include "server/sources/document.h"

#include <algorithm>

namespace whyalive::sources {
namespace {

// Rows as tree-sitter counts them in the text it was given. A lone "\r" reached it as "\n", so any
// line ending starts a row, as in LineTable.
SyntaxTree::Point pointOf(const LineTable& lines, std::uint32_t offset) {
  const TextPosition position = lines.positionOf(offset);
  return {position.line, position.column};
}

}  // namespace

Document::Document(std::string text) : text_(std::move(text)), lines_(text_) {}

void Document::apply(const TextEdit& edit) {
  const std::uint32_t begin = lines_.offsetOf(text_, edit.range.begin);
  const std::uint32_t end = std::max(begin, lines_.offsetOf(text_, edit.range.end));
  const SyntaxTree::Point beginPoint = pointOf(lines_, begin);
  const SyntaxTree::Point endPoint = pointOf(lines_, end);
  text_.replace(begin, end - begin, edit.text);
  lines_ = LineTable(text_);
  const auto newEnd = begin + static_cast<std::uint32_t>(edit.text.size());
  // An edit beside a "\r" may join or split a line ending outside its own range: parse afresh.
  if (text_.find('\r') != std::string::npos) {
    tree_ = SyntaxTree{};
  } else {
    tree_.edit(begin, end, newEnd, beginPoint, endPoint, pointOf(lines_, newEnd));
  }
  changed_ = true;
}

const Syntax& Document::syntax(PythonParser& parser) {
  if (changed_) {
    tree_ = parser.parse(text_, tree_ ? &tree_ : nullptr);
    syntax_ = PythonParser::flatten(tree_, text_, &syntax_);
    syntaxTree_ = tree_.copy();
    changed_ = false;
  }
  return syntax_;
}

}  // namespace whyalive::sources
