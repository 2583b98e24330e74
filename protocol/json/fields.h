// How a struct says which JSON fields it has: one line a field, used for reading and for writing.
//
//   struct Position {
//     std::uint32_t line = 0;
//     std::uint32_t character = 0;
//     static constexpr auto fields() {
//       return std::tuple{json::required("line", &Position::line),
//                         json::required("character", &Position::character)};
//     }
//   };
//
// Knows nothing of the JSON library, so that headers of messages stay light (convert.h does).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace whyalive::json {

enum class Need {
  Required,   // absent: an error
  Defaulted,  // absent or null: the member keeps its initial value; always written
};

template <class Owner, class Member>
struct Field {
  const char* name;
  Member Owner::* member;
  Need need;
};

template <class Owner, class Member>
constexpr Field<Owner, Member> required(const char* name, Member Owner::* member) {
  return {name, member, Need::Required};
}

// A std::optional member needs neither: it may always be absent, and is written when it has a
// value.
template <class Owner, class Member>
constexpr Field<Owner, Member> defaulted(const char* name, Member Owner::* member) {
  return {name, member, Need::Defaulted};
}

// Like std::optional, but written as null when empty.
template <class T>
struct Nullable {
  std::optional<T> value;
};

// The wire name of each value of an enum, found by argument-dependent look-up:
//   constexpr auto wireNames(Mode) { return std::array{std::pair{Mode::Twin, "twin"}, …}; }
// An enum that has a value `Unknown` reads every other string as that; others answer an error.
template <class E>
using WireName = std::pair<E, std::string_view>;

// Stands for "no params" and "no result": reads anything, writes {}.
struct Empty {
  static constexpr auto fields() { return std::tuple{}; }
};

// Result of LSP methods that answer null.
struct Null {};

}  // namespace whyalive::json
