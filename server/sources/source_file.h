// SourceFile: one frozen text with its lines and its index. Shared between threads; never changes.
#pragma once

#include <string>
#include <string_view>

#include "server/sources/file_index.h"
#include "server/sources/line_table.h"
#include "server/sources/text_position.h"

namespace whyalive::sources {

class Syntax;

class SourceFile {
 public:
  // `syntax` is of a text equal to `text`.
  SourceFile(std::string path, std::string text, const Syntax& syntax);
  SourceFile(const SourceFile&) = delete;  // the index points into the text
  SourceFile& operator=(const SourceFile&) = delete;

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  const LineTable& lines() const { return lines_; }
  const FileIndex& index() const { return index_; }

  TextRange range(ByteRange bytes) const {
    return {lines_.positionOf(bytes.begin), lines_.positionOf(bytes.end)};
  }
  std::string_view slice(ByteRange bytes) const {
    return text().substr(bytes.begin, bytes.end - bytes.begin);
  }
  std::string_view line(std::uint32_t number) const { return lines_.line(text_, number); }

 private:
  std::string path_;
  std::string text_;
  LineTable lines_;
  FileIndex index_;
};

}  // namespace whyalive::sources
