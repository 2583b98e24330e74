// Cuts SQL into words, values and symbols, as SQLite does; for those who look at a statement
// without running it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whyalive::sql {

struct SqlToken {
  enum class Kind { Word, Quoted, Text, Number, Symbol };
  Kind kind = Kind::Symbol;
  std::size_t at = 0;      // where it begins in the statement
  std::size_t length = 0;  // in bytes
  std::string name;        // a word in small letters, a quoted name without its quotes, a symbol

  std::size_t end() const { return at + length; }
  bool isName() const { return kind == Kind::Word || kind == Kind::Quoted; }
  bool is(std::string_view wanted) const {
    return (kind == Kind::Word || kind == Kind::Symbol) && name == wanted;
  }
};

// Space and comments are left out. nullopt for what is no plain SQL: parameters, an open quote.
std::optional<std::vector<SqlToken>> sqlTokens(std::string_view sql);

}  // namespace whyalive::sql
