#include "protocol/lsp/uri.h"

#include <cstdint>

namespace whyalive::lsp {
namespace {

constexpr std::string_view kScheme = "file://";

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool isPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> pathFromUri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  if (uri.starts_with("localhost/")) uri.remove_prefix(std::string_view("localhost").size());
  if (!uri.starts_with('/')) return std::nullopt;
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] != '%') {
      path.push_back(uri[i]);
      continue;
    }
    if (i + 2 >= uri.size()) return std::nullopt;
    int high = hexDigit(uri[i + 1]), low = hexDigit(uri[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    path.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return path;
}

std::string uriFromPath(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri(kScheme);
  for (char c : path) {
    if (isPlain(c)) {
      uri.push_back(c);
    } else {
      auto byte = static_cast<std::uint8_t>(c);
      uri.push_back('%');
      uri.push_back(digits[byte >> 4]);
      uri.push_back(digits[byte & 15]);
    }
  }
  return uri;
}

}  // namespace whyalive::lsp
