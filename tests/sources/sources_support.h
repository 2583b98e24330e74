// Marked source: Python snippets in which a comment names the line a test expects.
//
//     self._expected[k] = v      #< store
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/sources/source_file.h"
#include "server/sources/source_index.h"

namespace whyalive::sources {

// Parses a snippet from scratch.
std::shared_ptr<const SourceFile> parsed(std::string text, std::string path = "/app/app.py");

// The 1-based number of the line with the comment "#< name"; fails the test when there is none.
std::uint32_t markedLine(std::string_view text, std::string_view name);
// All lines with that mark.
std::vector<std::uint32_t> markedLines(std::string_view text, std::string_view name);

// A file system of the test's own.
struct FakeFiles {
  std::map<std::string, std::string> files;
  std::map<std::string, int> reads;

  FileReader reader();
};

// What the index says of a text, as text: two indexes are equal when these are.
std::string dump(const SourceFile& file);

}  // namespace whyalive::sources
