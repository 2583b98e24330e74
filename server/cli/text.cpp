#include "server/cli/text.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "server/cli/console.h"

namespace whyalive::cli {
namespace {

std::string fixed(double value, int decimals) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

// Length of the terminal escape at the start of `text`, 0 when there is none.
std::size_t escapeLength(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

bool startsCodePoint(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

std::string formatCount(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string formatChange(std::int64_t change) {
  if (change == 0) return "0";
  const std::uint64_t size =
      change < 0 ? 0 - static_cast<std::uint64_t>(change) : static_cast<std::uint64_t>(change);
  return (change < 0 ? "-" : "+") + formatCount(size);
}

std::string formatBytes(Bytes bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  static constexpr std::array<const char*, 5> units = {"kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fixed(value, 1) + " " + units[unit];
}

std::string formatByteChange(std::int64_t change) {
  if (change == 0) return "0 B";
  const Bytes size = change < 0 ? 0 - static_cast<Bytes>(change) : static_cast<Bytes>(change);
  return (change < 0 ? "-" : "+") + formatBytes(size);
}

std::string formatDuration(std::uint64_t nanoseconds) {
  const double milliseconds = static_cast<double>(nanoseconds) / 1e6;
  if (milliseconds < 1000) return fixed(milliseconds, 1) + " ms";
  return fixed(milliseconds / 1000, 2) + " s";
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return formatCount(count) + " " + std::string(count == 1 ? one : many);
}

std::size_t displayWidth(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t escape = escapeLength(text.substr(at))) {
      at += escape;
      continue;
    }
    width += startsCodePoint(text[at]) ? 1 : 0;
    ++at;
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (displayWidth(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  bool styled = false;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t escape = escapeLength(text.substr(at))) {
      out += text.substr(at, escape);
      styled = true;
      at += escape;
      continue;
    }
    if (startsCodePoint(text[at]) && ++used >= width) break;
    out += text[at++];
  }
  out += "…";
  if (styled) out += "\x1b[0m";
  return out;
}

void printJson(Console& console, const nlohmann::json& value) {
  console.printLine(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace whyalive::cli
