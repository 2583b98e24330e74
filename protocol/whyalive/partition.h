// whyalive/partition: the heap as a table, paged.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

enum class PartitionBy { Kind, Type, Module, Holder, Referrers, Via, Size, Id };
constexpr auto wireNames(PartitionBy) {
  return std::array{json::WireName<PartitionBy>{PartitionBy::Kind, "kind"},
                    json::WireName<PartitionBy>{PartitionBy::Type, "type"},
                    json::WireName<PartitionBy>{PartitionBy::Module, "module"},
                    json::WireName<PartitionBy>{PartitionBy::Holder, "holder"},
                    json::WireName<PartitionBy>{PartitionBy::Referrers, "referrers"},
                    json::WireName<PartitionBy>{PartitionBy::Via, "via"},
                    json::WireName<PartitionBy>{PartitionBy::Size, "size"},
                    json::WireName<PartitionBy>{PartitionBy::Id, "id"}};
}

// The objects of one row of another partition.
struct PartitionPart {
  PartitionBy by = PartitionBy::Kind;
  std::string kind;
  static constexpr auto fields() {
    return std::tuple{json::required("by", &PartitionPart::by),
                      json::required("kind", &PartitionPart::kind)};
  }
};

struct PartitionParams {
  std::optional<std::string> snapshot;  // the current one
  PartitionBy by = PartitionBy::Kind;
  std::optional<std::string> since;
  std::vector<PartitionPart> within;
  std::optional<std::string> where;  // SQL condition on the columns of `objects`
  std::uint32_t offset = 0;
  std::uint32_t limit = 100;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &PartitionParams::snapshot),
                      json::defaulted("by", &PartitionParams::by),
                      json::defaulted("since", &PartitionParams::since),
                      json::defaulted("within", &PartitionParams::within),
                      json::defaulted("where", &PartitionParams::where),
                      json::defaulted("offset", &PartitionParams::offset),
                      json::defaulted("limit", &PartitionParams::limit)};
  }
};

struct SizeGrowth {
  std::int64_t count = 0;
  std::int64_t size = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("count", &SizeGrowth::count),
                      json::required("size", &SizeGrowth::size)};
  }
};
struct PartitionTotal {
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  std::optional<SizeGrowth> growth;  // with `since`
  static constexpr auto fields() {
    return std::tuple{json::required("count", &PartitionTotal::count),
                      json::required("size", &PartitionTotal::size),
                      json::defaulted("growth", &PartitionTotal::growth)};
  }
};
struct PartitionRow {
  std::uint64_t index = 0;
  std::string kind;
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  std::uint64_t retained = 0;
  std::optional<bool> atLeast;       // true: `retained` is a lower bound
  std::optional<std::uint64_t> id;   // by id: the object
  std::optional<SizeGrowth> growth;  // with `since`
  static constexpr auto fields() {
    return std::tuple{json::required("index", &PartitionRow::index),
                      json::required("kind", &PartitionRow::kind),
                      json::required("type", &PartitionRow::type),
                      json::required("count", &PartitionRow::count),
                      json::required("size", &PartitionRow::size),
                      json::required("retained", &PartitionRow::retained),
                      json::defaulted("atLeast", &PartitionRow::atLeast),
                      json::defaulted("id", &PartitionRow::id),
                      json::defaulted("growth", &PartitionRow::growth)};
  }
};
struct PartitionResult {
  std::string snapshot;
  PartitionBy by = PartitionBy::Kind;
  PartitionTotal total;
  std::uint64_t rowCount = 0;  // of the whole table
  std::vector<PartitionRow> rows;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &PartitionResult::snapshot),
                      json::required("by", &PartitionResult::by),
                      json::required("total", &PartitionResult::total),
                      json::required("rowCount", &PartitionResult::rowCount),
                      json::required("rows", &PartitionResult::rows)};
  }
};
struct Partition {
  static constexpr std::string_view kMethod = "whyalive/partition";
  using Params = PartitionParams;
  using Result = PartitionResult;
};

}  // namespace whyalive::api
