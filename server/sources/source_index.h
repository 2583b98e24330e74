// SourceIndex: what the Python sources of a process say, read lazily, files and editor buffers
// alike.
//
// Files come through the injected reader and are parsed when first asked for; a buffer that an
// editor has open hides the file of the same path. Text may be broken at any time: what still
// parses is indexed. Paths are absolute paths as the editor names them ("local"); the process's own
// paths are translated by the path rules. Knows nothing of heaps.
//
// Thread rule: one thread at a time. `fork()` gives an independent index that shares all that is
// already parsed, for a long call on another thread; `adopt()` takes home what that call parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "server/sources/text_position.h"

namespace whyalive::sources {

class SourceFile;  // source_file.h: one frozen text with its index

// Returns the whole file. Called with local paths only, never for an open buffer.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

// The process sees `process` where the editor sees `local` (containers, other roots): prefixes of
// whole path components, first match wins.
struct PathRule {
  std::string process;
  std::string local;
};

class SourceIndex {
 public:
  explicit SourceIndex(FileReader read, std::vector<PathRule> rules = {});
  ~SourceIndex();
  SourceIndex(SourceIndex&&) noexcept;
  SourceIndex& operator=(SourceIndex&&) noexcept;

  // Editor buffers. `openBuffer` on an open buffer replaces its text. Edits apply one after
  // another, each to the text the former left, as in textDocument/didChange; false when no such
  // buffer is open.
  void openBuffer(const std::string& path, std::string text);
  bool editBuffer(const std::string& path, std::span<const TextEdit> edits);
  void closeBuffer(const std::string& path);
  bool isOpen(const std::string& path) const;

  // One line of an open buffer without its line ending; for translating an editor's columns before
  // the edit is applied. Nothing when there is no such buffer or line.
  std::optional<std::string_view> bufferLine(const std::string& path, std::uint32_t line) const;

  // The file's text with its index, parsed now if need be; null when it cannot be read.
  // Valid as long as the caller keeps it, whatever happens to the index.
  std::shared_ptr<const SourceFile> file(const std::string& path);

  // Whether the text holds `word` as a word of its own; may err towards yes. Cheap enough to ask
  // hundreds of files: they are read once and not parsed.
  bool mentions(const std::string& path, std::string_view word);

  // The file on disk changed: read it again when next asked. Open buffers stay.
  void forget(const std::string& path);
  void forgetFiles();

  std::string localPath(std::string_view processPath) const;
  std::string processPath(std::string_view localPath) const;
  void setPathRules(std::vector<PathRule> rules);

  SourceIndex fork();
  void adopt(const SourceIndex& forked);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whyalive::sources
