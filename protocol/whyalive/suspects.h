// whyalive/suspects, and the shape of a suspect everywhere: `whyalive suspects --json` prints the
// same. Lines and columns count from 1, columns in UTF-8 bytes, as CPython names them.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

struct TypeShare {
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &TypeShare::type),
                      json::required("count", &TypeShare::count),
                      json::required("bytes", &TypeShare::bytes)};
  }
};

struct ByteGrowth {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("count", &ByteGrowth::count),
                      json::required("bytes", &ByteGrowth::bytes)};
  }
};

struct HolderStep {
  std::string kind;  // "module", "global", "attribute" …
  std::string name;
  std::optional<std::string> type;
  std::optional<std::uint32_t> id;  // the object the step arrives at
  static constexpr auto fields() {
    return std::tuple{
        json::required("kind", &HolderStep::kind), json::required("name", &HolderStep::name),
        json::defaulted("type", &HolderStep::type), json::defaulted("id", &HolderStep::id)};
  }
};

struct Holder {
  std::string expression;
  std::string type;
  std::optional<std::uint32_t> id;
  std::vector<HolderStep> steps;
  static constexpr auto fields() {
    return std::tuple{json::required("expression", &Holder::expression),
                      json::required("type", &Holder::type), json::defaulted("id", &Holder::id),
                      json::required("steps", &Holder::steps)};
  }
};

struct SourceLocation {
  std::string role;  // "store", "define", "capture" …
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string function;
  std::string text;
  static constexpr auto fields() {
    return std::tuple{json::required("role", &SourceLocation::role),
                      json::required("file", &SourceLocation::file),
                      json::required("line", &SourceLocation::line),
                      json::required("column", &SourceLocation::column),
                      json::required("function", &SourceLocation::function),
                      json::required("text", &SourceLocation::text)};
  }
};

struct Suspect {
  std::uint32_t rank = 0;
  std::string kind;  // "growth", "accumulation", "garbage-cycle" …
  std::string title;
  std::string signature;
  std::vector<TypeShare> types;
  std::uint64_t count = 0;
  std::uint64_t retained = 0;
  std::optional<ByteGrowth> growth;
  std::string note;
  Holder holder;
  std::optional<std::vector<Holder>> jointHolders;  // keep the same: emptying one frees nothing
  std::vector<SourceLocation> locations;
  static constexpr auto fields() {
    return std::tuple{json::required("rank", &Suspect::rank),
                      json::required("kind", &Suspect::kind),
                      json::required("title", &Suspect::title),
                      json::required("signature", &Suspect::signature),
                      json::required("types", &Suspect::types),
                      json::required("count", &Suspect::count),
                      json::required("retained", &Suspect::retained),
                      json::defaulted("growth", &Suspect::growth),
                      json::required("note", &Suspect::note),
                      json::required("holder", &Suspect::holder),
                      json::defaulted("jointHolders", &Suspect::jointHolders),
                      json::required("locations", &Suspect::locations)};
  }
};

// What would be a suspect but for what `note` says.
struct ClearedHolder {
  std::string expression;
  std::string type;
  std::uint64_t retained = 0;
  std::string note;
  static constexpr auto fields() {
    return std::tuple{json::required("expression", &ClearedHolder::expression),
                      json::required("type", &ClearedHolder::type),
                      json::required("retained", &ClearedHolder::retained),
                      json::required("note", &ClearedHolder::note)};
  }
};

struct SuspectsParams {
  std::optional<std::string> snapshot;            // the current one
  std::optional<std::vector<std::string>> since;  // every earlier one of the same process
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &SuspectsParams::snapshot),
                      json::defaulted("since", &SuspectsParams::since)};
  }
};
struct SuspectsResult {
  std::string snapshot;
  std::vector<Suspect> suspects;
  std::vector<ClearedHolder> cleared;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &SuspectsResult::snapshot),
                      json::required("suspects", &SuspectsResult::suspects),
                      json::required("cleared", &SuspectsResult::cleared)};
  }
};
struct Suspects {
  static constexpr std::string_view kMethod = "whyalive/suspects";
  using Params = SuspectsParams;
  using Result = SuspectsResult;
};

}  // namespace whyalive::api
