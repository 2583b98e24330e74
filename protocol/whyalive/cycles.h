// whyalive/cycles: reference cycles, garbage apart from live ones.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/whyalive/objects.h"

namespace whyalive::api {

enum class CycleState { Garbage, Live };
constexpr auto wireNames(CycleState) {
  return std::array{json::WireName<CycleState>{CycleState::Garbage, "garbage"},
                    json::WireName<CycleState>{CycleState::Live, "live"}};
}

struct CyclesParams {
  std::optional<std::string> snapshot;  // the current one
  std::optional<CycleState> state;      // both
  std::uint32_t offset = 0;
  std::uint32_t limit = 100;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &CyclesParams::snapshot),
                      json::defaulted("state", &CyclesParams::state),
                      json::defaulted("offset", &CyclesParams::offset),
                      json::defaulted("limit", &CyclesParams::limit)};
  }
};

struct CollectorState {
  std::optional<bool> enabled;  // absent: the snapshot does not say
  std::vector<std::int64_t> thresholds;
  bool runs = true;  // a collection can start by itself
  static constexpr auto fields() {
    return std::tuple{json::defaulted("enabled", &CollectorState::enabled),
                      json::required("thresholds", &CollectorState::thresholds),
                      json::required("runs", &CollectorState::runs)};
  }
};
struct CyclesTotal {
  std::uint64_t cycles = 0;
  std::uint64_t objects = 0;   // in cycles
  std::uint64_t retained = 0;  // by them
  static constexpr auto fields() {
    return std::tuple{json::required("cycles", &CyclesTotal::cycles),
                      json::required("objects", &CyclesTotal::objects),
                      json::required("retained", &CyclesTotal::retained)};
  }
};
// One reference of a ring: from `object` to the next one's, from the last to the first.
struct CycleStep {
  ObjectRow object;
  std::string label;  // ".parent"
  std::string kind;   // of a step
  std::string name;
  static constexpr auto fields() {
    return std::tuple{
        json::required("object", &CycleStep::object), json::required("label", &CycleStep::label),
        json::required("kind", &CycleStep::kind), json::required("name", &CycleStep::name)};
  }
};
// The reference that could be weak.
struct CycleCut {
  std::uint32_t step = 0;  // position in the ring
  std::string type;        // whose attribute
  std::string attribute;
  bool breaks = false;  // without it the whole component has no cycle
  std::string reason;
  static constexpr auto fields() {
    return std::tuple{
        json::required("step", &CycleCut::step), json::required("type", &CycleCut::type),
        json::required("attribute", &CycleCut::attribute),
        json::required("breaks", &CycleCut::breaks), json::required("reason", &CycleCut::reason)};
  }
};
// Components with the same ring, as one row.
struct CycleRow {
  CycleState state = CycleState::Live;
  std::string expression;      // "Node.children[…].parent"
  std::uint64_t cycles = 0;    // components like this
  std::uint64_t objects = 0;   // in them
  std::uint64_t size = 0;      // of these
  std::uint64_t retained = 0;  // what goes with them
  std::vector<TypeShare> types;
  std::vector<std::string> finalizers;  // types in it that have __del__
  std::vector<CycleStep> ring;          // the shortest cycle of the largest one
  std::optional<CycleCut> cut;
  std::optional<std::string> holder;  // live: how the program reaches it
  static constexpr auto fields() {
    return std::tuple{json::required("state", &CycleRow::state),
                      json::required("expression", &CycleRow::expression),
                      json::required("cycles", &CycleRow::cycles),
                      json::required("objects", &CycleRow::objects),
                      json::required("size", &CycleRow::size),
                      json::required("retained", &CycleRow::retained),
                      json::required("types", &CycleRow::types),
                      json::required("finalizers", &CycleRow::finalizers),
                      json::required("ring", &CycleRow::ring),
                      json::defaulted("cut", &CycleRow::cut),
                      json::defaulted("holder", &CycleRow::holder)};
  }
};
struct CyclesResult {
  std::string snapshot;
  CollectorState collector;
  CyclesTotal garbage;  // unreachable objects that only hang on a cycle count in `retained`
  CyclesTotal live;
  std::uint64_t rowCount = 0;  // of all pages
  std::vector<CycleRow> rows;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &CyclesResult::snapshot),
                      json::required("collector", &CyclesResult::collector),
                      json::required("garbage", &CyclesResult::garbage),
                      json::required("live", &CyclesResult::live),
                      json::required("rowCount", &CyclesResult::rowCount),
                      json::required("rows", &CyclesResult::rows)};
  }
};
struct Cycles {
  static constexpr std::string_view kMethod = "whyalive/cycles";
  using Params = CyclesParams;
  using Result = CyclesResult;
};

}  // namespace whyalive::api
