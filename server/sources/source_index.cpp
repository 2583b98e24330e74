#include "server/sources/source_index.h"

#include <map>
#include <utility>

#include "server/sources/decode.h"
#include "server/sources/document.h"
#include "server/sources/source_file.h"
#include "server/sources/words.h"

namespace whyalive::sources {
namespace {

// Larger texts are data, not code that anyone reads; they are not indexed.
constexpr std::size_t kMaxFileSize = 8u << 20;

// Whether `path` is `prefix` or lies below it.
bool liesIn(std::string_view path, std::string_view prefix) {
  while (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!path.starts_with(prefix) || prefix.empty()) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/' || prefix == "/";
}

std::string moved(std::string_view path, std::string_view from, std::string_view to) {
  while (from.ends_with('/')) from.remove_suffix(1);
  while (to.ends_with('/')) to.remove_suffix(1);
  std::string out(to);
  out.append(path.substr(from.size()));
  return out;
}

}  // namespace

struct SourceIndex::State {
  struct Buffer {
    std::optional<Document> document;          // absent in a fork, which cannot edit
    std::shared_ptr<const SourceFile> frozen;  // of the text as it is now; null when it changed
  };
  // What is known of a file on disk. `words` outlives `parsed` in use: most files are only
  // searched.
  struct Known {
    bool unreadable = false;
    std::shared_ptr<const WordSet> words;
    std::shared_ptr<const SourceFile> parsed;
  };

  FileReader read;
  std::vector<PathRule> rules;
  PythonParser parser;
  std::map<std::string, Buffer> buffers;
  std::map<std::string, Known> files;
  // When a file was last forgotten, so that a fork made before cannot bring its old text back.
  std::uint64_t clock = 0;
  std::uint64_t allForgotten = 0;
  std::map<std::string, std::uint64_t> forgotten;

  std::shared_ptr<const SourceFile> freeze(const std::string& path, Buffer& buffer) {
    if (!buffer.frozen && buffer.document) {
      buffer.frozen = std::make_shared<SourceFile>(path, buffer.document->text(),
                                                   buffer.document->syntax(parser));
    }
    return buffer.frozen;
  }

  std::optional<std::string> load(const std::string& path, Known& known) {
    if (known.unreadable || !read) return std::nullopt;
    Result<std::string> bytes = read(path);
    if (!bytes || bytes->size() > kMaxFileSize) {
      known.unreadable = true;
      return std::nullopt;
    }
    return decodeSource(std::move(*bytes));
  }
};

SourceIndex::SourceIndex(FileReader read, std::vector<PathRule> rules)
    : state_(std::make_unique<State>()) {
  state_->read = std::move(read);
  state_->rules = std::move(rules);
}
SourceIndex::~SourceIndex() = default;
SourceIndex::SourceIndex(SourceIndex&&) noexcept = default;
SourceIndex& SourceIndex::operator=(SourceIndex&&) noexcept = default;

void SourceIndex::openBuffer(const std::string& path, std::string text) {
  state_->buffers[path] = State::Buffer{Document(std::move(text)), nullptr};
}

bool SourceIndex::editBuffer(const std::string& path, std::span<const TextEdit> edits) {
  const auto found = state_->buffers.find(path);
  if (found == state_->buffers.end() || !found->second.document) return false;
  for (const TextEdit& edit : edits) found->second.document->apply(edit);
  if (!edits.empty()) found->second.frozen.reset();
  return true;
}

void SourceIndex::closeBuffer(const std::string& path) {
  state_->buffers.erase(path);
  forget(path);  // it may have been saved meanwhile
}

bool SourceIndex::isOpen(const std::string& path) const { return state_->buffers.contains(path); }

std::optional<std::string_view> SourceIndex::bufferLine(const std::string& path,
                                                        std::uint32_t line) const {
  const auto found = state_->buffers.find(path);
  if (found == state_->buffers.end() || !found->second.document) return std::nullopt;
  const Document& document = *found->second.document;
  if (line >= document.lineCount()) return std::nullopt;
  return document.line(line);
}

std::shared_ptr<const SourceFile> SourceIndex::file(const std::string& path) {
  const auto buffer = state_->buffers.find(path);
  if (buffer != state_->buffers.end()) return state_->freeze(path, buffer->second);
  State::Known& known = state_->files[path];
  if (!known.parsed) {
    std::optional<std::string> text = state_->load(path, known);
    if (!text) return nullptr;
    const SyntaxTree tree = state_->parser.parse(*text);
    const Syntax syntax = PythonParser::flatten(tree, *text);
    known.parsed = std::make_shared<SourceFile>(path, std::move(*text), syntax);
  }
  return known.parsed;
}

bool SourceIndex::mentions(const std::string& path, std::string_view word) {
  const auto buffer = state_->buffers.find(path);
  if (buffer != state_->buffers.end()) {
    const auto frozen = state_->freeze(path, buffer->second);
    return frozen && frozen->text().find(word) != std::string_view::npos;
  }
  State::Known& known = state_->files[path];
  if (!known.words) {
    if (known.parsed) {
      known.words = std::make_shared<WordSet>(known.parsed->text());
    } else if (const auto text = state_->load(path, known)) {
      known.words = std::make_shared<WordSet>(*text);
    } else {
      return false;
    }
  }
  return known.words->contains(word);
}

void SourceIndex::forget(const std::string& path) {
  state_->files.erase(path);
  state_->forgotten[path] = ++state_->clock;
}

void SourceIndex::forgetFiles() {
  state_->files.clear();
  state_->forgotten.clear();
  state_->allForgotten = ++state_->clock;
}

std::string SourceIndex::localPath(std::string_view processPath) const {
  for (const PathRule& rule : state_->rules) {
    if (liesIn(processPath, rule.process)) return moved(processPath, rule.process, rule.local);
  }
  return std::string(processPath);
}

std::string SourceIndex::processPath(std::string_view localPath) const {
  for (const PathRule& rule : state_->rules) {
    if (liesIn(localPath, rule.local)) return moved(localPath, rule.local, rule.process);
  }
  return std::string(localPath);
}

void SourceIndex::setPathRules(std::vector<PathRule> rules) { state_->rules = std::move(rules); }

SourceIndex SourceIndex::fork() {
  SourceIndex forked(state_->read, state_->rules);
  State* copy = forked.state_.get();
  copy->files = state_->files;
  copy->clock = state_->clock;
  for (auto& [path, buffer] : state_->buffers) {
    copy->buffers[path] = State::Buffer{std::nullopt, state_->freeze(path, buffer)};
  }
  return forked;
}

void SourceIndex::adopt(const SourceIndex& forked) {
  const std::uint64_t then = forked.state_->clock;
  if (state_->allForgotten > then) return;
  for (const auto& [path, known] : forked.state_->files) {
    const auto gone = state_->forgotten.find(path);
    if (gone != state_->forgotten.end() && gone->second > then) continue;
    State::Known& own = state_->files[path];
    if (!own.words) own.words = known.words;
    if (!own.parsed) own.parsed = known.parsed;
  }
}

}  // namespace whyalive::sources
