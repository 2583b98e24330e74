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
  // From the next unit's 1.0 on, as rounded: never "1,000.0 kB".
  const auto reaches = [bytes](Bytes unit) { return bytes + unit / 20'000 >= unit; };
  if (reaches(kGiga)) return withOneDecimal(bytes, kGiga, "GB");
  if (reaches(kMega)) return withOneDecimal(bytes, kMega, "MB");
  if (bytes >= kKilo) return withOneDecimal(bytes, kKilo, "kB");
  return formatCount(bytes) + " B";
}

}  // namespace whyalive::sources
