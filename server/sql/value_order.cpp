#include "server/sql/value_order.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "server/heap/stoppable_sort.h"
#include "server/heap/touch_pages.h"

namespace whyalive::sql {
namespace {

constexpr std::uint32_t kCheckEvery = 1u << 17;  // objects between two looks at the control

// fn(object) for each; false when the query is to stop.
template <class Fn>
bool forEachObject(const Sequence& objects, QueryRun& run, Fn&& fn) {
  std::uint32_t seen = 0;
  for (const Sequence::Piece& piece : objects.pieces()) {
    for (std::uint32_t i = 0; i < piece.count; ++i) {
      if (seen++ % kCheckEvery == 0 && !run.keepGoing("looking for the largest")) return false;
      fn(piece.list != nullptr ? piece.list[i] : piece.first + i);
    }
  }
  return true;
}

class LargestRows : public Rows {
 public:
  LargestRows(const SequenceTable& table, std::shared_ptr<ValueOrder> order, Bounds positions)
      : table_(table), order_(std::move(order)), i_(positions.first), end_(positions.end) {}

  bool atEnd() const override { return i_ >= end_; }
  void next() override { ++i_; }
  std::int64_t number() const override { return order_->at(i_); }
  Cell cell(int column) const override { return table_.cell(order_->at(i_), column); }

 private:
  const SequenceTable& table_;
  std::shared_ptr<ValueOrder> order_;
  std::uint32_t i_, end_;
};

}  // namespace

// The position of the highest bit, then the four bits below it: larger values, larger buckets.
std::size_t ValueOrder::bucketOf(std::uint64_t value) {
  if (value < 16) return value;
  const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 5;
  return shift * 16 + (value >> shift);
}

Result<ValueOrder> ValueOrder::of(const Indexes& indexes, QueryRun& run, Measure measure,
                                  const Sequence& objects) {
  ValueOrder order;
  order.indexes_ = &indexes;
  order.run_ = &run;
  order.measure_ = measure;
  std::vector<std::uint32_t>& start = order.start_;
  start.assign(kBuckets + 1, 0);
  const auto place = [&](std::uint32_t o) {
    return kBuckets - 1 - bucketOf(indexes.measured(measure, ObjectIndex{o}));
  };
  if (!forEachObject(objects, run, [&](std::uint32_t o) { ++start[place(o) + 1]; })) {
    return std::unexpected(run.stopError());
  }
  for (std::size_t b = 0; b < kBuckets; ++b) start[b + 1] += start[b];
  order.objects_.resize(start.back());
  if (!heap::touchPages(order.objects_, run.control(), "looking for the largest")) {
    return std::unexpected(run.stopError());
  }
  std::vector<std::uint32_t> at(start.begin(), start.end() - 1);
  if (!forEachObject(objects, run, [&](std::uint32_t o) { order.objects_[at[place(o)]++] = o; })) {
    return std::unexpected(run.stopError());
  }
  order.sorted_.assign(kBuckets, false);
  return order;
}

std::uint32_t ValueOrder::at(std::uint32_t i) {
  if (i < sortedFrom_ || i >= sortedEnd_) sortBucketAt(i);
  return objects_[i];
}

void ValueOrder::sortBucketAt(std::uint32_t i) {
  const auto after = std::ranges::upper_bound(start_, i);
  const auto bucket = static_cast<std::size_t>(after - start_.begin()) - 1;
  sortedFrom_ = start_[bucket];
  sortedEnd_ = start_[bucket + 1];
  if (sorted_[bucket]) return;
  using Entry = std::pair<std::uint64_t, std::uint32_t>;
  std::vector<Entry> entries;
  entries.reserve(sortedEnd_ - sortedFrom_);
  for (std::uint32_t k = sortedFrom_; k < sortedEnd_; ++k) {
    entries.emplace_back(indexes_->measured(measure_, ObjectIndex{objects_[k]}), objects_[k]);
  }
  const auto before = [](const Entry& a, const Entry& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  sorted_[bucket] = std::ranges::is_sorted(entries, before);  // mostly they are all equal
  if (sorted_[bucket]) return;
  if (!heap::sortStoppably(entries, before, run_->control(), "looking for the largest")) return;
  for (std::uint32_t k = 0; k < entries.size(); ++k) objects_[sortedFrom_ + k] = entries[k].second;
  sorted_[bucket] = true;
}

Bounds ValueOrder::within(const MeasureBounds& bounds) const {
  const auto [least, most] = bounds;
  constexpr double kLargest = 9e18;
  if (!(least <= most) || most < 0 || least > kLargest) return {};
  const auto bucket = [&](double value) {
    return bucketOf(static_cast<std::uint64_t>(std::clamp(value, 0.0, kLargest)));
  };
  return {start_[kBuckets - 1 - bucket(most)], start_[kBuckets - bucket(least)]};
}

MeasureBounds measureBounds(std::span<const Condition> conditions) {
  MeasureBounds bounds;
  for (const Condition& c : conditions) {
    const auto* i = std::get_if<std::int64_t>(&c.value);
    const auto* d = std::get_if<double>(&c.value);
    if (isNull(c.value)) return {1, 0};          // nothing compares with NULL
    if (i == nullptr && d == nullptr) continue;  // text sorts after every number; SQLite decides
    const double value = i != nullptr ? static_cast<double>(*i) : *d;
    switch (c.op) {  // sizes are whole numbers
      case Operator::Greater: bounds.least = std::max(bounds.least, std::floor(value) + 1); break;
      case Operator::GreaterOrEqual: bounds.least = std::max(bounds.least, std::ceil(value)); break;
      case Operator::Less: bounds.most = std::min(bounds.most, std::ceil(value) - 1); break;
      default: bounds.most = std::min(bounds.most, std::floor(value));
    }
  }
  return bounds;
}

std::unique_ptr<Rows> largestFirst(const SequenceTable& table, std::shared_ptr<ValueOrder> order,
                                   Bounds positions) {
  return std::make_unique<LargestRows>(table, std::move(order), positions);
}

}  // namespace whyalive::sql
