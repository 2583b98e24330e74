#include "server/sql/sql_tokens.h"

#include <algorithm>
#include <cctype>

namespace whyalive::sql {
namespace {

using Kind = SqlToken::Kind;

bool isSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

// Behind space and comments.
std::size_t skipBlank(std::string_view sql, std::size_t at) {
  for (;;) {
    const std::string_view rest = sql.substr(at);
    if (rest.starts_with("--")) {
      at += std::min(rest.find('\n'), rest.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = rest.find("*/", 2);
      at += end == std::string_view::npos ? rest.size() : end + 2;
    } else if (!rest.empty() && isSpace(rest[0])) {
      ++at;
    } else {
      return at;
    }
  }
}

// What stands in quotes; a doubled quote is one. Length 0: it does not end.
SqlToken quoted(std::string_view sql, std::size_t at, Kind kind) {
  const char close = sql[at] == '[' ? ']' : sql[at];
  SqlToken token{kind, at, 0, {}};
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (sql[i] == close) {
      if (close == ']' || i + 1 >= sql.size() || sql[i + 1] != close) {
        token.length = i + 1 - at;
        return token;
      }
      ++i;
    }
    token.name += sql[i];
  }
  return token;
}

template <class Test>
std::size_t lengthWhile(std::string_view sql, std::size_t at, Test&& test) {
  std::size_t end = at;
  while (end < sql.size() && test(sql[end])) ++end;
  return end - at;
}

SqlToken symbol(std::string_view sql, std::size_t at) {
  constexpr std::string_view kPairs[] = {"<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->"};
  const bool isPair = std::ranges::find(kPairs, sql.substr(at, 2)) != std::end(kPairs);
  const std::size_t length = isPair ? 2 : 1;
  return {Kind::Symbol, at, length, std::string(sql.substr(at, length))};
}

SqlToken tokenAt(std::string_view sql, std::size_t at) {
  const char c = sql[at];
  if (c == '\'') return quoted(sql, at, Kind::Text);
  if (c == '"' || c == '`' || c == '[') return quoted(sql, at, Kind::Quoted);
  if (isDigit(c) || (c == '.' && at + 1 < sql.size() && isDigit(sql[at + 1]))) {
    return {
        Kind::Number, at, lengthWhile(sql, at, [](char d) { return isWord(d) || d == '.'; }), {}};
  }
  if (!isWord(c)) return symbol(sql, at);
  const std::size_t length = lengthWhile(sql, at, isWord);
  std::string name(sql.substr(at, length));
  std::ranges::transform(name, name.begin(), [](unsigned char d) { return std::tolower(d); });
  return {Kind::Word, at, length, std::move(name)};
}

}  // namespace

std::optional<std::vector<SqlToken>> sqlTokens(std::string_view sql) {
  constexpr std::string_view kParameters = "?:@$#";
  std::vector<SqlToken> tokens;
  for (std::size_t at = skipBlank(sql, 0); at < sql.size(); at = skipBlank(sql, at)) {
    if (kParameters.contains(sql[at])) return std::nullopt;
    tokens.push_back(tokenAt(sql, at));
    if (tokens.back().length == 0) return std::nullopt;
    at = tokens.back().end();
  }
  return tokens;
}

}  // namespace whyalive::sql
