// Series: what there was of each group in two or more snapshots, oldest first: by kind, type,
// module, by holder (containers by their place) or by place of the path tree. Pure; linear in each
// heap.
//
// Groups are compared by name, never object by object; fates.h tells single objects apart.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/fates.h"

namespace whyalive::heap {

enum class SeriesBy { Kind, Type, Module, Holder, Path };
std::string_view toString(SeriesBy by);  // "kind", "type", "module", "holder", "path"

struct SeriesRow {
  std::string label;                  // kind, type, module; of a place see labelOf()
  std::string type;                   // of the objects; "" when they differ
  std::string place;                  // Holder, Path: text of the node; its SHA-1 is the signature
  std::vector<std::uint64_t> counts;  // one a snapshot; Holder: entries
  std::vector<Bytes> sizes;           // Holder: retained
  std::optional<FateCounts> fates;    // from the first to the last
  ObjectIndex example = kNoObject;    // Holder, Path: the largest that stands there …
  std::size_t exampleIn = 0;          // … in the last snapshot that has one

  std::int64_t countGrowth() const;
  std::int64_t sizeGrowth() const;
  bool changed() const;
  bool grewAlways() const;  // more in each snapshot than in the one before
};

struct Series {
  std::vector<std::uint64_t> counts;  // of the whole heaps
  std::vector<Bytes> sizes;
  std::optional<FateCounts> fates;
  std::vector<SeriesRow> rows;  // most bytes gained first
};

struct SeriesOptions {
  SeriesBy by = SeriesBy::Kind;
  bool all = false;              // rows that did not change, too
  const Fates* fates = nullptr;  // of the first and the last, where they are of one process
};

Result<Series> seriesOf(std::span<const Analysis* const> snapshots, const SeriesOptions& options,
                        const RunControl& control = {});

// The expression of a place, keys and indices masked; the label itself for others.
std::string labelOf(std::span<const Analysis* const> snapshots, const SeriesRow& row);
std::string signatureOf(const SeriesRow& row);  // "" without a place

// One line of a chart.
struct SeriesKey {
  SeriesBy by = SeriesBy::Kind;
  std::string name;  // kind, type, module; signature of a holder or place
};
struct SeriesPoint {
  std::uint64_t count = 0;  // Holder: entries
  Bytes size = 0;
  Bytes retained = 0;
  ObjectIndex example = kNoObject;
};

// A point for each key.
Result<std::vector<SeriesPoint>> pointsOf(const Analysis& analysis, std::span<const SeriesKey> keys,
                                          const RunControl& control = {});

}  // namespace whyalive::heap
