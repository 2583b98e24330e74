#include "server/sources/dynamic_names.h"

#include <cctype>
#include <string>
#include <vector>

#include "server/sources/expressions.h"

namespace whyalive::sources {
namespace {

bool isNameLetter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// What a placeholder spans, from its first character: %s, %(name)d, {…}.
std::size_t placeholderLength(std::string_view text) {
  if (text.starts_with('{')) {
    const std::size_t close = text.find('}');
    return close == std::string_view::npos ? text.size() : close + 1;
  }
  std::size_t at = 1;
  if (at < text.size() && text[at] == '(') at = text.find(')', at);
  while (at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) == 0) ++at;
  return std::min(text.size(), at + 1);
}

// The literal parts of all strings of the expression: "_%s_records" % level → "_", "_records".
std::vector<std::string> fixedParts(std::string_view expression) {
  std::vector<std::string> parts;
  std::string part;
  const auto flush = [&] {
    if (!part.empty()) parts.push_back(std::move(part));
    part.clear();
  };
  char quote = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '"' || c == '\'') {
      if (quote == 0) {
        quote = c;
      } else if (quote == c) {
        quote = 0;
        flush();
      }
    } else if (quote != 0 && (c == '%' || c == '{')) {
      flush();
      i += placeholderLength(expression.substr(i)) - 1;
    } else if (quote != 0 && isNameLetter(c)) {
      part += c;
    }
  }
  return parts;
}

}  // namespace

std::string_view attributeNameOf(SyntaxNode expression) {
  const std::string_view text = expression.text();
  if (text.find('{') == std::string_view::npos) {
    if (const std::string_view content = stringContent(expression); !content.empty()) {
      return content;
    }
  }
  return text.find_first_of("\"'") == std::string_view::npos ? kAnyName : text;
}

bool isDynamicName(std::string_view name) {
  return name == kAnyName || name.find_first_of("\"'") != std::string_view::npos;
}

bool mayName(std::string_view dynamic, std::string_view wanted) {
  if (dynamic == kAnyName) return true;
  std::size_t at = 0;
  for (const std::string& part : fixedParts(dynamic)) {
    at = wanted.find(part, at);
    if (at == std::string_view::npos) return false;
    at += part.size();
  }
  return true;
}

std::size_t fixedLetters(std::string_view dynamic) {
  if (dynamic == kAnyName) return 0;
  std::size_t letters = 0;
  for (const std::string& part : fixedParts(dynamic)) letters += part.size();
  return letters;
}

}  // namespace whyalive::sources
