#include "server/sources/decode.h"

#include <iconv.h>

#include <cctype>
#include <optional>

#include "server/sources/text_position.h"

namespace whyalive::sources {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string fromLatin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return text;
}

// As the C library's converters have it; nothing for encodings that they do not know, and for bytes
// that are not of theirs.
std::optional<std::string> converted(std::string_view bytes, const std::string& encoding) {
  if (encoding.empty() || encoding.starts_with("utf-8") || encoding == "utf8") return std::nullopt;
  const iconv_t converter = iconv_open("UTF-8", encoding.c_str());
  // NOLINTNEXTLINE(performance-no-int-to-ptr): so POSIX says that it failed
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string input(bytes);
  std::string text(4 * bytes.size() + 4, '\0');
  char* from = input.data();
  char* to = text.data();
  std::size_t left = input.size();
  std::size_t room = text.size();
  const bool failed = iconv(converter, &from, &left, &to, &room) == static_cast<std::size_t>(-1);
  iconv_close(converter);
  if (failed) return std::nullopt;
  text.resize(text.size() - room);
  return text;
}

std::string_view firstLines(std::string_view bytes) {
  std::size_t end = bytes.find('\n');
  if (end != std::string_view::npos) end = bytes.find('\n', end + 1);
  return bytes.substr(0, end);
}

}  // namespace

bool isUtf8(std::string_view bytes) {
  // A well-formed text counts fewer characters than bytes exactly by its continuation bytes.
  std::size_t continuations = 0;
  for (const char byte : bytes) {
    if ((static_cast<unsigned char>(byte) & 0xC0u) == 0x80u) ++continuations;
  }
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (continuations == 0) {
    for (const char byte : bytes) {
      if (static_cast<unsigned char>(byte) >= 0x80) return false;
    }
    return true;
  }
  return fromByteColumn(bytes, size, PositionEncoding::Utf32) == size - continuations;
}

std::string declaredEncoding(std::string_view bytes) {
  const std::string_view head = firstLines(bytes);
  const std::size_t word = head.find("coding");
  if (word == std::string_view::npos || head.substr(0, word).find('#') == std::string_view::npos) {
    return {};
  }
  std::size_t at = word + 6;
  if (at >= head.size() || (head[at] != ':' && head[at] != '=')) return {};
  ++at;
  while (at < head.size() && (head[at] == ' ' || head[at] == '\t')) ++at;
  std::string name;
  while (at < head.size()) {
    const auto letter = static_cast<unsigned char>(head[at]);
    if (std::isalnum(letter) == 0 && letter != '-' && letter != '_' && letter != '.') break;
    name += letter == '_' ? '-' : static_cast<char>(std::tolower(letter));
    ++at;
  }
  return name;
}

std::string decodeSource(std::string bytes) {
  if (bytes.starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  const std::string encoding = declaredEncoding(bytes);
  if (auto text = converted(bytes, encoding)) return *std::move(text);
  const bool latin = encoding == "latin-1" || encoding == "iso-8859-1" || encoding == "iso8859-1" ||
                     encoding == "iso-8859-15" || encoding == "cp1252" ||
                     encoding == "windows-1252";
  if (latin || !isUtf8(bytes)) return fromLatin1(bytes);
  return bytes;
}

}  // namespace whyalive::sources
