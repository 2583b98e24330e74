// Incremental synchronisation of the documents an editor has open.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"

namespace whyalive::lsp {

struct TextDocumentItem {
  Uri uri;
  std::string languageId;
  std::int32_t version = 0;
  std::string text;
  static constexpr auto fields() {
    return std::tuple{json::required("uri", &TextDocumentItem::uri),
                      json::required("languageId", &TextDocumentItem::languageId),
                      json::required("version", &TextDocumentItem::version),
                      json::required("text", &TextDocumentItem::text)};
  }
};

struct DidOpenParams {
  TextDocumentItem textDocument;
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &DidOpenParams::textDocument)};
  }
};
struct DidOpen {
  static constexpr std::string_view kMethod = "textDocument/didOpen";
  using Params = DidOpenParams;
};

struct ContentChange {
  std::optional<Range> range;  // absent: the whole text is replaced
  std::string text;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("range", &ContentChange::range),
                      json::required("text", &ContentChange::text)};
  }
};

struct DidChangeParams {
  VersionedTextDocumentIdentifier textDocument;
  std::vector<ContentChange> contentChanges;  // each applies to what the former left
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &DidChangeParams::textDocument),
                      json::required("contentChanges", &DidChangeParams::contentChanges)};
  }
};
struct DidChange {
  static constexpr std::string_view kMethod = "textDocument/didChange";
  using Params = DidChangeParams;
};

struct DidCloseParams {
  TextDocumentIdentifier textDocument;
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &DidCloseParams::textDocument)};
  }
};
struct DidClose {
  static constexpr std::string_view kMethod = "textDocument/didClose";
  using Params = DidCloseParams;
};
struct DidSave {
  static constexpr std::string_view kMethod = "textDocument/didSave";
  using Params = DidCloseParams;
};

}  // namespace whyalive::lsp
