// whyalive/evaluate and whyalive/releaseCopy: values out of the frozen copy of the process that a
// snapshot was taken in. The wire contract is docs/protocol.md; change both together (a test
// compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

enum class EvaluateMode { Expression, Statements };
constexpr auto wireNames(EvaluateMode) {
  return std::array{json::WireName<EvaluateMode>{EvaluateMode::Expression, "expression"},
                    json::WireName<EvaluateMode>{EvaluateMode::Statements, "statements"}};
}

// A frame that was running: its thread as threading.get_ident() tells it, 0 the innermost.
struct FramePlace {
  std::uint64_t thread = 0;
  std::uint32_t depth = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("thread", &FramePlace::thread),
                      json::defaulted("depth", &FramePlace::depth)};
  }
};

struct EvaluateParams {
  std::optional<std::string> snapshot;  // the current one
  std::string expression;               // empty: the object itself
  EvaluateMode mode = EvaluateMode::Expression;
  std::optional<std::uint32_t> object;  // id; the name _ stands for it
  std::optional<FramePlace> frame;      // names are looked up in it first
  std::uint32_t textLimit = 10000;      // characters of a text
  std::uint32_t offset = 0;             // of the items' page
  std::uint32_t limit = 100;
  std::uint32_t timeoutMs = 2000;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &EvaluateParams::snapshot),
                      json::defaulted("expression", &EvaluateParams::expression),
                      json::defaulted("mode", &EvaluateParams::mode),
                      json::defaulted("object", &EvaluateParams::object),
                      json::defaulted("frame", &EvaluateParams::frame),
                      json::defaulted("textLimit", &EvaluateParams::textLimit),
                      json::defaulted("offset", &EvaluateParams::offset),
                      json::defaulted("limit", &EvaluateParams::limit),
                      json::defaulted("timeoutMs", &EvaluateParams::timeoutMs)};
  }
};

struct CopyText {
  std::string text;
  std::uint64_t length = 0;  // of the whole: characters, or bytes of a buffer
  bool cut = false;
  static constexpr auto fields() {
    return std::tuple{json::required("text", &CopyText::text),
                      json::required("length", &CopyText::length),
                      json::required("cut", &CopyText::cut)};
  }
};

struct CopyItem {
  std::string label;  // "[0]", "['key']", ".attribute", "local name"
  std::string type;
  std::string repr;                 // short
  std::optional<std::uint32_t> id;  // none: not in the snapshot
  static constexpr auto fields() {
    return std::tuple{
        json::required("label", &CopyItem::label), json::required("type", &CopyItem::type),
        json::required("repr", &CopyItem::repr), json::defaulted("id", &CopyItem::id)};
  }
};

struct CopySource {
  std::string file;
  std::uint32_t line = 0;  // from 1
  static constexpr auto fields() {
    return std::tuple{json::required("file", &CopySource::file),
                      json::required("line", &CopySource::line)};
  }
};

struct CopyValue {
  std::string type;
  CopyText repr;
  std::optional<CopyText> text;   // str(): where it says something else than repr
  std::optional<CopyText> bytes;  // of a buffer, hexadecimal
  std::optional<std::uint32_t> id;
  std::string address;                  // "0x7f3a5c0d2e10"
  std::optional<std::uint64_t> length;  // len()
  std::optional<CopySource> source;
  std::uint64_t itemCount = 0;  // of all pages
  std::vector<CopyItem> items;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &CopyValue::type),
                      json::required("repr", &CopyValue::repr),
                      json::defaulted("text", &CopyValue::text),
                      json::defaulted("bytes", &CopyValue::bytes),
                      json::defaulted("id", &CopyValue::id),
                      json::required("address", &CopyValue::address),
                      json::defaulted("length", &CopyValue::length),
                      json::defaulted("source", &CopyValue::source),
                      json::required("itemCount", &CopyValue::itemCount),
                      json::required("items", &CopyValue::items)};
  }
};

enum class EvaluateFailure { Exception, Timeout, Crash, Memory };
constexpr auto wireNames(EvaluateFailure) {
  return std::array{json::WireName<EvaluateFailure>{EvaluateFailure::Exception, "exception"},
                    json::WireName<EvaluateFailure>{EvaluateFailure::Timeout, "timeout"},
                    json::WireName<EvaluateFailure>{EvaluateFailure::Crash, "crash"},
                    json::WireName<EvaluateFailure>{EvaluateFailure::Memory, "memory"}};
}

struct EvaluateError {
  EvaluateFailure kind = EvaluateFailure::Exception;
  std::string type;       // of the exception; empty when there was none
  std::string message;    // one line
  std::string traceback;  // as Python prints it; may be empty
  static constexpr auto fields() {
    return std::tuple{json::required("kind", &EvaluateError::kind),
                      json::required("type", &EvaluateError::type),
                      json::required("message", &EvaluateError::message),
                      json::required("traceback", &EvaluateError::traceback)};
  }
};

struct EvaluateResult {
  std::string snapshot;
  json::Nullable<CopyValue> value;
  std::string output;  // what was printed, cut where it is too long
  json::Nullable<EvaluateError> error;
  double elapsedMs = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &EvaluateResult::snapshot),
                      json::required("value", &EvaluateResult::value),
                      json::required("output", &EvaluateResult::output),
                      json::required("error", &EvaluateResult::error),
                      json::required("elapsedMs", &EvaluateResult::elapsedMs)};
  }
};
struct Evaluate {
  static constexpr std::string_view kMethod = "whyalive/evaluate";
  using Params = EvaluateParams;
  using Result = EvaluateResult;
};

struct ReleaseCopyParams {
  std::optional<std::string> snapshot;  // the current one
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &ReleaseCopyParams::snapshot)};
  }
};
struct ReleaseCopy {
  static constexpr std::string_view kMethod = "whyalive/releaseCopy";
  using Params = ReleaseCopyParams;
  using Result = json::Empty;
};

}  // namespace whyalive::api
