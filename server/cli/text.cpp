#include "server/cli/text.h"

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

std::string formatDuration(std::uint64_t nanoseconds) {
  const double milliseconds = static_cast<double>(nanoseconds) / 1e6;
  if (milliseconds < 1000) return fixed(milliseconds, 1) + " ms";
  return fixed(milliseconds / 1000, 2) + " s";
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
