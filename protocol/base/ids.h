// Strong types for everything a snapshot numbers. All are dense, start at 0, and mean something
// only within one snapshot. `kNone…` is the absent value.
#pragma once

#include <cstdint>

namespace whyalive {

enum class ObjectIndex : std::uint32_t {};
enum class TypeIndex : std::uint32_t {};
enum class ShapeIndex : std::uint32_t {};
enum class NameIndex : std::uint32_t {};

inline constexpr std::uint32_t kNoIndex = 0xFFFFFFFFu;
inline constexpr ObjectIndex kNoObject{kNoIndex};
inline constexpr TypeIndex kNoType{kNoIndex};
inline constexpr ShapeIndex kNoShape{kNoIndex};
inline constexpr NameIndex kNoName{kNoIndex};

constexpr std::uint32_t raw(ObjectIndex i) { return static_cast<std::uint32_t>(i); }
constexpr std::uint32_t raw(TypeIndex i) { return static_cast<std::uint32_t>(i); }
constexpr std::uint32_t raw(ShapeIndex i) { return static_cast<std::uint32_t>(i); }
constexpr std::uint32_t raw(NameIndex i) { return static_cast<std::uint32_t>(i); }

using Bytes = std::uint64_t;  // a size in bytes

}  // namespace whyalive
