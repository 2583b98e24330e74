// Reads and writes every type that fields.h can describe, with the JSON path in each error.
//
// Templates, so include it only where messages are dispatched or tested. Unknown members of an
// object are ignored, as LSP asks. Nothing here throws.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/json/fields.h"
#include "protocol/json/path.h"

namespace whyalive::json {

using Json = nlohmann::json;

template <class T>
concept Described = requires { T::fields(); };
template <class T>
concept WireEnum = std::is_enum_v<T> && requires(T value) { wireNames(value); };
template <class T>
concept NumberEnum = std::is_enum_v<T> && !requires(T value) { wireNames(value); };

template <class T>
struct isOptional : std::false_type {};
template <class T>
struct isOptional<std::optional<T>> : std::true_type {};

// --- reading ---------------------------------------------------------------------------------

inline Result<void> read(const Json& json, Json& out, const Path&) {
  out = json;
  return {};
}

inline Result<void> read(const Json&, Null&, const Path&) { return {}; }

inline Result<void> read(const Json& json, bool& out, const Path& path) {
  if (!json.is_boolean()) return wrongType(path, "boolean", json.type_name());
  out = json.get<bool>();
  return {};
}

inline Result<void> read(const Json& json, std::string& out, const Path& path) {
  if (!json.is_string()) return wrongType(path, "string", json.type_name());
  out = json.get_ref<const std::string&>();
  return {};
}

template <std::integral T>
Result<void> read(const Json& json, T& out, const Path& path) {
  if (!json.is_number()) return wrongType(path, "number", json.type_name());
  if (!json.is_number_integer()) return wrongValue(path, "must be a whole number");
  bool fits = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                        : std::in_range<T>(json.get<std::int64_t>());
  if (!fits) {
    return wrongValue(path, "must be between " + std::to_string(std::numeric_limits<T>::min()) +
                                " and " + std::to_string(std::numeric_limits<T>::max()));
  }
  out = json.get<T>();
  return {};
}

template <std::floating_point T>
Result<void> read(const Json& json, T& out, const Path& path) {
  if (!json.is_number()) return wrongType(path, "number", json.type_name());
  out = json.get<T>();
  return {};
}

template <WireEnum E>
Result<void> read(const Json& json, E& out, const Path& path) {
  if (!json.is_string()) return wrongType(path, "string", json.type_name());
  const auto& text = json.get_ref<const std::string&>();
  std::string known;
  for (const auto& [value, name] : wireNames(E{})) {
    if (name == text) {
      out = value;
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  if constexpr (requires { E::Unknown; }) {
    out = E::Unknown;
    return {};
  } else {
    return wrongValue(path, "must be one of " + known);
  }
}

template <NumberEnum E>
Result<void> read(const Json& json, E& out, const Path& path) {
  std::underlying_type_t<E> number{};
  if (auto done = read(json, number, path); !done) return done;
  out = static_cast<E>(number);
  return {};
}

template <Described T>
Result<void> read(const Json& json, T& out, const Path& path);
template <class T>
Result<void> read(const Json& json, std::optional<T>& out, const Path& path);
template <class T>
Result<void> read(const Json& json, Nullable<T>& out, const Path& path);
template <class T>
Result<void> read(const Json& json, std::vector<T>& out, const Path& path);
template <class T>
Result<void> read(const Json& json, std::map<std::string, T>& out, const Path& path);
template <class... T>
Result<void> read(const Json& json, std::variant<T...>& out, const Path& path);

template <class T>
Result<void> read(const Json& json, std::optional<T>& out, const Path& path) {
  out.reset();
  if (json.is_null()) return {};
  return read(json, out.emplace(), path);
}

template <class T>
Result<void> read(const Json& json, Nullable<T>& out, const Path& path) {
  return read(json, out.value, path);
}

template <class T>
Result<void> read(const Json& json, std::vector<T>& out, const Path& path) {
  if (!json.is_array()) return wrongType(path, "array", json.type_name());
  out.clear();
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (auto done = read(json[i], out.emplace_back(), path.item(i)); !done) return done;
  }
  return {};
}

template <class T>
Result<void> read(const Json& json, std::map<std::string, T>& out, const Path& path) {
  if (!json.is_object()) return wrongType(path, "object", json.type_name());
  out.clear();
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (auto done = read(it.value(), out[it.key()], path.field(it.key())); !done) return done;
  }
  return {};
}

// The first alternative that fits; the error of the last one when none does.
template <class... T>
Result<void> read(const Json& json, std::variant<T...>& out, const Path& path) {
  Result<void> done = wrongValue(path, "has no type that fits");
  auto attempt = [&]<class One>(std::in_place_type_t<One>) {
    One value{};
    done = read(json, value, path);
    if (done) out = std::move(value);
    return done.has_value();
  };
  (void)(attempt(std::in_place_type<T>) || ...);
  return done;
}

template <class T, class Owner, class Member>
Result<void> readField(const Json& json, T& out, const Field<Owner, Member>& field,
                       const Path& path) {
  auto found = json.find(field.name);
  bool absent = found == json.end();
  if constexpr (!isOptional<Member>::value) {
    if (absent && field.need == Need::Required) {
      return wrongValue(path.field(field.name), "is missing");
    }
    if (field.need == Need::Defaulted && (absent || found->is_null())) return {};
  }
  if (absent) return {};
  return read(*found, out.*field.member, path.field(field.name));
}

template <Described T>
Result<void> read(const Json& json, T& out, const Path& path) {
  // A method whose params may all be left out may get none at all.
  static const Json kNothing = Json::object();
  const Json& object = json.is_null() ? kNothing : json;
  if (!object.is_object()) return wrongType(path, "object", json.type_name());
  Result<void> done;
  std::apply(
      [&](const auto&... field) {
        (void)((done = readField(object, out, field, path), done.has_value()) && ...);
      },
      T::fields());
  return done;
}

// Reads a whole value; `root` is the first word of the path in errors.
template <class T>
Result<T> parse(const Json& json, std::string_view root) {
  T value{};
  if (auto done = read(json, value, Path(root)); !done) return std::unexpected(done.error());
  return value;
}

// --- writing ---------------------------------------------------------------------------------

inline Json write(const Json& value) { return value; }
inline Json write(const std::string& value) { return value; }
inline Json write(const Null&) { return nullptr; }
template <class T>
  requires std::is_arithmetic_v<T>
Json write(T value) {
  return value;
}

template <WireEnum E>
Json write(E value) {
  for (const auto& [known, name] : wireNames(E{})) {
    if (known == value) return Json(name);
  }
  return "unknown";
}

template <NumberEnum E>
Json write(E value) {
  return static_cast<std::underlying_type_t<E>>(value);
}

template <Described T>
Json write(const T& value);
template <class T>
Json write(const std::optional<T>& value);
template <class T>
Json write(const Nullable<T>& value);
template <class T>
Json write(const std::vector<T>& values);
template <class T>
Json write(const std::map<std::string, T>& values);
template <class... T>
Json write(const std::variant<T...>& value);

template <class T>
Json write(const std::optional<T>& value) {
  return value ? write(*value) : Json(nullptr);
}

template <class T>
Json write(const Nullable<T>& value) {
  return write(value.value);
}

template <class T>
Json write(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(write(value));
  return array;
}

template <class T>
Json write(const std::map<std::string, T>& values) {
  Json object = Json::object();
  for (const auto& [name, value] : values) object[name] = write(value);
  return object;
}

template <class... T>
Json write(const std::variant<T...>& value) {
  return std::visit([](const auto& one) { return write(one); }, value);
}

template <Described T>
Json write(const T& value) {
  Json object = Json::object();
  auto one = [&](const auto& field) {
    const auto& member = value.*field.member;
    if constexpr (isOptional<std::remove_cvref_t<decltype(member)>>::value) {
      if (!member) return;
    }
    object[field.name] = write(member);
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, T::fields());
  return object;
}

}  // namespace whyalive::json
