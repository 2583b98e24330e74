// whyalive/{diff,timeline}: what changed between snapshots.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/whyalive/partition.h"
#include "protocol/whyalive/snapshots.h"
#include "protocol/whyalive/suspects.h"

namespace whyalive::api {

enum class DiffBy { Kind, Type, Module, Holder, Path };
constexpr auto wireNames(DiffBy) {
  return std::array{json::WireName<DiffBy>{DiffBy::Kind, "kind"},
                    json::WireName<DiffBy>{DiffBy::Type, "type"},
                    json::WireName<DiffBy>{DiffBy::Module, "module"},
                    json::WireName<DiffBy>{DiffBy::Holder, "holder"},
                    json::WireName<DiffBy>{DiffBy::Path, "path"}};
}

struct DiffParams {
  std::optional<std::string> snapshot;            // the current one
  std::optional<std::vector<std::string>> since;  // every earlier one of the same process
  DiffBy by = DiffBy::Kind;
  bool all = false;  // rows that did not change, too
  std::uint32_t offset = 0;
  std::uint32_t limit = 100;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &DiffParams::snapshot),
                      json::defaulted("since", &DiffParams::since),
                      json::defaulted("by", &DiffParams::by),
                      json::defaulted("all", &DiffParams::all),
                      json::defaulted("offset", &DiffParams::offset),
                      json::defaulted("limit", &DiffParams::limit)};
  }
};

// The objects of the last snapshot, and those of the first that are no more.
struct ObjectFates {
  std::uint64_t survived = 0;   // the same object at the same address
  std::uint64_t added = 0;      // were not there
  std::uint64_t gone = 0;       // are no more
  std::uint64_t uncertain = 0;  // same address and type, but nothing shows that it is the same
  static constexpr auto fields() {
    return std::tuple{json::required("survived", &ObjectFates::survived),
                      json::required("added", &ObjectFates::added),
                      json::required("gone", &ObjectFates::gone),
                      json::required("uncertain", &ObjectFates::uncertain)};
  }
};

struct DiffRow {
  std::string label;
  std::string type;                      // of the objects, empty when they differ
  std::optional<std::string> signature;  // by holder and path
  std::optional<Holder> holder;          // by holder, where it still is
  std::vector<std::uint64_t> counts;     // one a snapshot, oldest first; by holder: entries
  std::vector<std::uint64_t> sizes;      // by holder: retained
  SizeGrowth growth;                     // from the first to the last
  bool grewAlways = false;               // more in every snapshot than in the one before
  std::optional<ObjectFates> objects;    // by kind, type, module and path
  static constexpr auto fields() {
    return std::tuple{json::required("label", &DiffRow::label),
                      json::required("type", &DiffRow::type),
                      json::defaulted("signature", &DiffRow::signature),
                      json::defaulted("holder", &DiffRow::holder),
                      json::required("counts", &DiffRow::counts),
                      json::required("sizes", &DiffRow::sizes),
                      json::required("growth", &DiffRow::growth),
                      json::required("grewAlways", &DiffRow::grewAlways),
                      json::defaulted("objects", &DiffRow::objects)};
  }
};
struct DiffResult {
  std::vector<std::string> snapshots;  // oldest first
  DiffBy by = DiffBy::Kind;
  std::vector<std::uint64_t> counts;  // of the whole heap
  std::vector<std::uint64_t> sizes;
  SizeGrowth growth;
  std::optional<ObjectFates> objects;  // absent when the snapshots are of different processes
  std::uint64_t rowCount = 0;          // of all pages
  std::vector<DiffRow> rows;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshots", &DiffResult::snapshots),
                      json::required("by", &DiffResult::by),
                      json::required("counts", &DiffResult::counts),
                      json::required("sizes", &DiffResult::sizes),
                      json::required("growth", &DiffResult::growth),
                      json::defaulted("objects", &DiffResult::objects),
                      json::required("rowCount", &DiffResult::rowCount),
                      json::required("rows", &DiffResult::rows)};
  }
};
struct Diff {
  static constexpr std::string_view kMethod = "whyalive/diff";
  using Params = DiffParams;
  using Result = DiffResult;
};

// One line of a chart.
struct TimelineKey {
  DiffBy by = DiffBy::Kind;
  std::string name;  // of the kind, type or module; the signature of a holder or path
  static constexpr auto fields() {
    return std::tuple{json::defaulted("by", &TimelineKey::by),
                      json::required("name", &TimelineKey::name)};
  }
};
struct TimelineParams {
  std::optional<std::string> snapshot;  // one of the process; the current one
  std::vector<TimelineKey> series;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &TimelineParams::snapshot),
                      json::defaulted("series", &TimelineParams::series)};
  }
};
struct TimelinePoint {
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  std::uint64_t retained = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("count", &TimelinePoint::count),
                      json::required("size", &TimelinePoint::size),
                      json::required("retained", &TimelinePoint::retained)};
  }
};
struct TimelineSeries {
  DiffBy by = DiffBy::Kind;
  std::string name;
  std::string label;                  // for people
  std::vector<TimelinePoint> points;  // one a snapshot
  static constexpr auto fields() {
    return std::tuple{json::required("by", &TimelineSeries::by),
                      json::required("name", &TimelineSeries::name),
                      json::required("label", &TimelineSeries::label),
                      json::required("points", &TimelineSeries::points)};
  }
};
struct TimelineResult {
  std::vector<SnapshotEntry> snapshots;  // oldest first
  std::vector<TimelinePoint> total;
  std::vector<TimelineSeries> series;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshots", &TimelineResult::snapshots),
                      json::required("total", &TimelineResult::total),
                      json::required("series", &TimelineResult::series)};
  }
};
struct Timeline {
  static constexpr std::string_view kMethod = "whyalive/timeline";
  using Params = TimelineParams;
  using Result = TimelineResult;
};

}  // namespace whyalive::api
