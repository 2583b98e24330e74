#include "server/heap/amounts.h"

#include <array>
#include <cstdio>

namespace whyalive::heap {
namespace {

std::uint64_t magnitude(std::int64_t change) {
  return change < 0 ? 0 - static_cast<std::uint64_t>(change) : static_cast<std::uint64_t>(change);
}

}  // namespace

std::string formatCount(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string formatChange(std::int64_t change) {
  if (change == 0) return "0";
  return (change < 0 ? "-" : "+") + formatCount(magnitude(change));
}

std::string formatBytes(Bytes bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::array<const char*, 5> kUnits = {"kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, kUnits[unit]);
  return text.data();
}

std::string formatByteChange(std::int64_t change) {
  if (change == 0) return "0 B";
  return (change < 0 ? "-" : "+") + formatBytes(magnitude(change));
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return formatCount(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace whyalive::heap
