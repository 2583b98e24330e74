// textDocument/publishDiagnostics.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"

namespace whyalive::lsp {

enum class DiagnosticSeverity : int { Error = 1, Warning = 2, Information = 3, Hint = 4 };

struct RelatedInformation {
  Location location;
  std::string message;
  static constexpr auto fields() {
    return std::tuple{json::required("location", &RelatedInformation::location),
                      json::required("message", &RelatedInformation::message)};
  }
};

struct CodeDescription {
  Uri href;
  static constexpr auto fields() {
    return std::tuple{json::required("href", &CodeDescription::href)};
  }
};

struct Diagnostic {
  Range range;
  DiagnosticSeverity severity = DiagnosticSeverity::Information;
  std::string code;
  std::optional<CodeDescription> codeDescription;
  std::string source = "whyalive";
  std::string message;
  std::optional<std::vector<RelatedInformation>> relatedInformation;
  std::optional<nlohmann::json> data;
  static constexpr auto fields() {
    return std::tuple{json::required("range", &Diagnostic::range),
                      json::defaulted("severity", &Diagnostic::severity),
                      json::defaulted("code", &Diagnostic::code),
                      json::defaulted("codeDescription", &Diagnostic::codeDescription),
                      json::defaulted("source", &Diagnostic::source),
                      json::required("message", &Diagnostic::message),
                      json::defaulted("relatedInformation", &Diagnostic::relatedInformation),
                      json::defaulted("data", &Diagnostic::data)};
  }
};

struct PublishDiagnosticsParams {
  Uri uri;
  std::vector<Diagnostic> diagnostics;
  static constexpr auto fields() {
    return std::tuple{json::required("uri", &PublishDiagnosticsParams::uri),
                      json::required("diagnostics", &PublishDiagnosticsParams::diagnostics)};
  }
};
struct PublishDiagnostics {
  static constexpr std::string_view kMethod = "textDocument/publishDiagnostics";
  using Params = PublishDiagnosticsParams;
};

}  // namespace whyalive::lsp
