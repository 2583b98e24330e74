#include "server/sources/amounts.h"

namespace whyalive::sources {
namespace {

std::string withOneDecimal(Bytes bytes, Bytes unit, const char* name) {
  const Bytes tenths = (bytes + unit / 20) / (unit / 10);
  return formatCount(tenths / 10) + "." + std::to_string(tenths % 10) + " " + name;
}

}  // namespace

std::string formatCount(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string formatChange(std::int64_t change) {
  const bool negative = change < 0;
  const std::uint64_t size =
      negative ? 0 - static_cast<std::uint64_t>(change) : static_cast<std::uint64_t>(change);
  return (negative ? "-" : "+") + formatCount(size);
}

std::string formatBytes(Bytes bytes) {
  constexpr Bytes kKilo = 1000, kMega = 1000 * kKilo, kGiga = 1000 * kMega;
  if (bytes >= kGiga) return withOneDecimal(bytes, kGiga, "GB");
  if (bytes >= kMega / 10) return withOneDecimal(bytes, kMega, "MB");
  if (bytes >= kKilo) return formatCount((bytes + kKilo / 2) / kKilo) + " KB";
  return formatCount(bytes) + " bytes";
}

}  // namespace whyalive::sources
