#include "server/sources/words.h"

#include <algorithm>

namespace whyalive::sources {
namespace {

bool isWordByte(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_' || byte >= 0x80;
}

// FNV-1a (Fowler, Noll, Vo).
constexpr std::uint32_t kOffset = 2166136261u;
std::uint32_t mix(std::uint32_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * 16777619u;
}

}  // namespace

WordSet::WordSet(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (!isWordByte(static_cast<unsigned char>(text[i]))) {
      ++i;
      continue;
    }
    std::uint32_t hash = kOffset;
    for (; i < text.size() && isWordByte(static_cast<unsigned char>(text[i])); ++i) {
      hash = mix(hash, text[i]);
    }
    hashes_.push_back(hash);
  }
  std::ranges::sort(hashes_);
  const auto rest = std::ranges::unique(hashes_);
  hashes_.erase(rest.begin(), rest.end());
  hashes_.shrink_to_fit();
}

bool WordSet::contains(std::string_view word) const {
  std::uint32_t hash = kOffset;
  for (const char byte : word) hash = mix(hash, byte);
  return std::ranges::binary_search(hashes_, hash);
}

}  // namespace whyalive::sources
