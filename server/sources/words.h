// WordSet: the identifiers of a text as sorted hashes, so that hundreds of files can be asked for a
// name without keeping or reparsing them. May say yes wrongly (one in millions), never no.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace whyalive::sources {

class WordSet {
 public:
  explicit WordSet(std::string_view text);
  bool contains(std::string_view word) const;

 private:
  std::vector<std::uint32_t> hashes_;
};

}  // namespace whyalive::sources
