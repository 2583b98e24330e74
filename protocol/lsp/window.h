// What the server asks of the editor's window: work-done progress, messages, showing a document.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/lsp/basic.h"

namespace whyalive::lsp {

struct WorkDoneProgressCreateParams {
  ProgressToken token;
  static constexpr auto fields() {
    return std::tuple{json::required("token", &WorkDoneProgressCreateParams::token)};
  }
};
struct WorkDoneProgressCreate {
  static constexpr std::string_view kMethod = "window/workDoneProgress/create";
  using Params = WorkDoneProgressCreateParams;
  using Result = json::Null;
};
struct WorkDoneProgressCancel {
  static constexpr std::string_view kMethod = "window/workDoneProgress/cancel";
  using Params = WorkDoneProgressCreateParams;
};

// kind "begin", "report" or "end".
struct WorkDoneProgress {
  std::string kind;
  std::optional<std::string> title;  // begin only
  std::optional<std::string> message;
  std::optional<std::uint32_t> percentage;
  std::optional<bool> cancellable;
  static constexpr auto fields() {
    return std::tuple{json::required("kind", &WorkDoneProgress::kind),
                      json::defaulted("title", &WorkDoneProgress::title),
                      json::defaulted("message", &WorkDoneProgress::message),
                      json::defaulted("percentage", &WorkDoneProgress::percentage),
                      json::defaulted("cancellable", &WorkDoneProgress::cancellable)};
  }
};
struct ProgressParams {
  ProgressToken token;
  WorkDoneProgress value;
  static constexpr auto fields() {
    return std::tuple{json::required("token", &ProgressParams::token),
                      json::required("value", &ProgressParams::value)};
  }
};
struct Progress {
  static constexpr std::string_view kMethod = "$/progress";
  using Params = ProgressParams;
};

enum class MessageType : int { Error = 1, Warning = 2, Info = 3, Log = 4 };
struct MessageParams {
  MessageType type = MessageType::Info;
  std::string message;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &MessageParams::type),
                      json::required("message", &MessageParams::message)};
  }
};
struct ShowMessage {
  static constexpr std::string_view kMethod = "window/showMessage";
  using Params = MessageParams;
};
struct LogMessage {
  static constexpr std::string_view kMethod = "window/logMessage";
  using Params = MessageParams;
};

struct ShowDocumentParams {
  Uri uri;
  bool takeFocus = true;
  std::optional<Range> selection;
  std::optional<bool> external;  // by the program that the system has for it
  static constexpr auto fields() {
    return std::tuple{json::required("uri", &ShowDocumentParams::uri),
                      json::defaulted("takeFocus", &ShowDocumentParams::takeFocus),
                      json::defaulted("selection", &ShowDocumentParams::selection),
                      json::defaulted("external", &ShowDocumentParams::external)};
  }
};
struct ShowDocumentResult {
  bool success = false;
  static constexpr auto fields() {
    return std::tuple{json::required("success", &ShowDocumentResult::success)};
  }
};
struct ShowDocument {
  static constexpr std::string_view kMethod = "window/showDocument";
  using Params = ShowDocumentParams;
  using Result = ShowDocumentResult;
};

}  // namespace whyalive::lsp
