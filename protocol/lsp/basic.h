// The words LSP 3.17 builds everything from: positions, ranges, documents, commands.
//
// A position counts lines from 0 and characters in the negotiated encoding; nothing here
// translates. Named and shaped as in the specification, cut down to what this server reads or
// writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "protocol/json/fields.h"

namespace whyalive::lsp {

using Uri = std::string;  // "file:///…", as the client wrote it
using ProgressToken = std::variant<std::int64_t, std::string>;

struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  bool operator==(const Position&) const = default;
  static constexpr auto fields() {
    return std::tuple{json::required("line", &Position::line),
                      json::required("character", &Position::character)};
  }
};

struct Range {
  Position start;
  Position end;  // exclusive
  bool operator==(const Range&) const = default;
  static constexpr auto fields() {
    return std::tuple{json::required("start", &Range::start), json::required("end", &Range::end)};
  }
};

struct Location {
  Uri uri;
  Range range;
  static constexpr auto fields() {
    return std::tuple{json::required("uri", &Location::uri),
                      json::required("range", &Location::range)};
  }
};

struct TextDocumentIdentifier {
  Uri uri;
  static constexpr auto fields() {
    return std::tuple{json::required("uri", &TextDocumentIdentifier::uri)};
  }
};

struct VersionedTextDocumentIdentifier {
  Uri uri;
  std::int32_t version = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("uri", &VersionedTextDocumentIdentifier::uri),
                      json::required("version", &VersionedTextDocumentIdentifier::version)};
  }
};

struct TextDocumentPositionParams {
  TextDocumentIdentifier textDocument;
  Position position;
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &TextDocumentPositionParams::textDocument),
                      json::required("position", &TextDocumentPositionParams::position)};
  }
};

struct MarkupContent {
  std::string kind = "markdown";  // or "plaintext"
  std::string value;
  static constexpr auto fields() {
    return std::tuple{json::required("kind", &MarkupContent::kind),
                      json::required("value", &MarkupContent::value)};
  }
};

}  // namespace whyalive::lsp
