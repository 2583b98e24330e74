// file: URIs and local paths. Pure; only absolute paths on this machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whyalive::lsp {

// Nothing for other schemes, other machines, and what is no URI. "%2F" and the like are decoded.
std::optional<std::string> pathFromUri(std::string_view uri);
// Every byte that RFC 3986 does not leave alone in a path is written as %XX.
std::string uriFromPath(std::string_view path);

}  // namespace whyalive::lsp
