#include "server/features/copy_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "protocol/json/convert.h"
#include "server/heap/analysis.h"
#include "server/heap/select.h"

namespace whyalive::features {
namespace {

// As agent/evaluate/inside/values.py writes them.
struct SaidItem {
  std::string label, type, repr;
  std::uint64_t address = 0;
  static constexpr auto fields() {
    return std::tuple{
        json::required("label", &SaidItem::label), json::required("type", &SaidItem::type),
        json::required("repr", &SaidItem::repr), json::required("address", &SaidItem::address)};
  }
};
struct SaidValue {
  std::string type;
  std::uint64_t address = 0;
  api::CopyText repr;
  std::optional<api::CopyText> text, bytes;
  std::optional<std::uint64_t> length;
  std::optional<api::CopySource> source;
  std::uint64_t itemCount = 0;
  std::vector<SaidItem> items;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &SaidValue::type),
                      json::required("address", &SaidValue::address),
                      json::required("repr", &SaidValue::repr),
                      json::defaulted("text", &SaidValue::text),
                      json::defaulted("bytes", &SaidValue::bytes),
                      json::defaulted("length", &SaidValue::length),
                      json::defaulted("source", &SaidValue::source),
                      json::required("itemCount", &SaidValue::itemCount),
                      json::required("items", &SaidValue::items)};
  }
};
struct SaidReply {
  std::optional<SaidValue> value;
  std::optional<api::EvaluateError> error;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("value", &SaidReply::value),
                      json::defaulted("error", &SaidReply::error)};
  }
};

std::optional<std::uint32_t> idAt(const heap::Analysis& analysis, std::uint64_t address) {
  const auto found = analysis.graph().objectAt(address);
  return found ? std::optional(raw(*found)) : std::nullopt;
}

std::string hexadecimalAddress(std::uint64_t address) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

api::CopyValue valueOf(const heap::Analysis& analysis, SaidValue said) {
  api::CopyValue value;
  value.type = std::move(said.type);
  value.repr = std::move(said.repr);
  value.text = std::move(said.text);
  value.bytes = std::move(said.bytes);
  value.id = idAt(analysis, said.address);
  value.address = hexadecimalAddress(said.address);
  value.length = said.length;
  value.source = std::move(said.source);
  value.itemCount = said.itemCount;
  for (SaidItem& item : said.items) {
    value.items.push_back({std::move(item.label), std::move(item.type), std::move(item.repr),
                           idAt(analysis, item.address)});
  }
  return value;
}

}  // namespace

Result<nlohmann::json> copyRequest(const heap::Analysis& analysis,
                                   const api::EvaluateParams& params) {
  if (params.expression.empty() && !params.object) {
    return fail(ErrorCode::InvalidArgument, "params: needs an expression or an object");
  }
  const bool statements = params.mode == api::EvaluateMode::Statements;
  nlohmann::json request{{"op", statements ? "statements" : "expression"},
                         {"source", params.expression},
                         {"textLimit", params.textLimit},
                         {"offset", params.offset},
                         {"limit", params.limit},
                         {"milliseconds", params.timeoutMs}};
  if (params.object) {
    const auto object = heap::objectWithId(analysis, *params.object);
    if (!object) return std::unexpected(object.error());
    request["underscore"] = analysis.graph().address(*object);
  }
  if (params.frame) {
    request["thread"] = params.frame->thread;
    request["depth"] = params.frame->depth;
  }
  return request;
}

Result<void> readCopyReply(const heap::Analysis& analysis, const nlohmann::json& reply,
                           api::EvaluateResult& result) {
  auto said = json::parse<SaidReply>(reply, "reply");
  if (!said) {
    return fail(ErrorCode::Corrupt,
                "the frozen copy's answer cannot be understood: " + said.error().message,
                "take a new snapshot; if it happens again, please report it");
  }
  if (said->value) result.value.value = valueOf(analysis, std::move(*said->value));
  result.error.value = std::move(said->error);
  return {};
}

}  // namespace whyalive::features
