#include "server/sources/document.h"

#include <algorithm>

namespace whyalive::sources {
Document::Document(std::string text) : text_(std::move(text)), lines_(text_) {}

void Document::apply(const TextEdit& edit) {
  const std::uint32_t begin = lines_.offsetOf(text_, edit.range.begin);
  const std::uint32_t end = std::max(begin, lines_.offsetOf(text_, edit.range.end));
  text_.replace(begin, end - begin, edit.text);
  lines_ = LineTable(text_);
  changed_ = true;
}

const Syntax& Document::syntax(PythonParser& parser) {
  if (changed_) {
    syntax_ = pieces_.of(text_, parser);
    changed_ = false;
  }
  return syntax_;
}

}  // namespace whyalive::sources
