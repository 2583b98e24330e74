// ValueOrder: objects from the largest size (or retained size …) to the smallest, equal ones by id.
//
// Made in two passes: values that agree in their first five bits share a bucket, and a bucket is
// sorted when somebody comes to it. The ten largest of millions cost a count, not a sort; all
// objects above a bound are a piece of the list. What was read once stays where it is.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "protocol/base/result.h"
#include "server/sql/indexes.h"
#include "server/sql/table.h"

namespace whyalive::sql {

// The lower and the upper bound that conditions put on a measure.
struct MeasureBounds {
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
};
MeasureBounds measureBounds(std::span<const Condition> conditions);

class ValueOrder {
 public:
  // Stops with the query. `indexes` and `run` outlive the order.
  static Result<ValueOrder> of(const Indexes& indexes, QueryRun& run, Measure measure,
                               const Sequence& objects);

  std::uint32_t count() const { return static_cast<std::uint32_t>(objects_.size()); }
  // The i-th largest; sorts as far as it must. Of a query that has been stopped it may be another.
  std::uint32_t at(std::uint32_t i);
  // Positions of all objects whose value lies within, ends included, and few others.
  Bounds within(const MeasureBounds& bounds) const;

 private:
  static constexpr std::size_t kBuckets = 976;
  static std::size_t bucketOf(std::uint64_t value);
  void sortBucketAt(std::uint32_t i);

  const Indexes* indexes_ = nullptr;
  QueryRun* run_ = nullptr;
  Measure measure_ = Measure::Size;
  heap::Column<std::uint32_t> objects_;
  std::vector<std::uint32_t> start_;  // of the buckets, those of the largest values first
  std::vector<bool> sorted_;
  std::uint32_t sortedFrom_ = 0, sortedEnd_ = 0;  // the bucket that was asked for last
};

// The rows of a table of objects, those of the largest value first.
std::unique_ptr<Rows> largestFirst(const SequenceTable& table, std::shared_ptr<ValueOrder> order,
                                   Bounds positions);

}  // namespace whyalive::sql
