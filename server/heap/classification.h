// Classification: to which group each object belongs under one way of looking at the heap, and what
// the groups are called. Made by partition(); the latest one of an analysis can be kept, since the
// next page and the rows within a row ask for the same again.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/partition.h"
#include "server/heap/zero_column.h"

namespace whyalive::heap {

// What several groups of one label come from counts as one group: labels are what is compared
// across snapshots.
class Classification {
 public:
  // Any way but Id.
  static Result<Classification> classify(const Analysis& analysis, PartitionBy by,
                                         const RunControl& control);

  std::uint32_t groupCount() const { return static_cast<std::uint32_t>(labels_.size()); }
  std::uint32_t groupOf(std::uint32_t object) const {
    if (byKind_) return groups_[raw(kinds_->of(ObjectIndex{object}))];
    return few_.empty() ? groups_[object] : few_[object];
  }
  // By kind, type and module the group follows from the kind; these are then the groups of kinds.
  bool followsKinds() const { return byKind_; }
  std::uint32_t groupOfKind(KindIndex k) const { return groups_[raw(k)]; }
  const std::string& label(std::uint32_t group) const { return labels_[group]; }
  // Of the objects of a group when it follows from the group; else "".
  const std::string& type(std::uint32_t group) const { return types_[group]; }

 private:
  void byKinds(const Analysis& analysis, PartitionBy by);
  bool bySize(const Analysis& analysis, const RunControl& control);
  // Groups that are called alike become one; `groups_` numbers labels so far. False when cancelled.
  bool mergeAlike(std::vector<std::string> labels, const RunControl& control = {});
  bool narrow(const RunControl& control);  // false when cancelled

  const Kinds* kinds_ = nullptr;
  bool byKind_ = false;               // groups_ is by kind, else by object
  ZeroColumn<std::uint32_t> groups_;  // group of each kind or object
  ZeroColumn<std::uint16_t> few_;     // the same in half the memory, where so many numbers do
  std::vector<std::string> labels_, types_;
};

// Of one analysis. Any thread may ask.
class LatestClassification {
 public:
  Result<std::shared_ptr<const Classification>> get(const Analysis& analysis, PartitionBy by,
                                                    const RunControl& control);

 private:
  std::mutex mutex_;
  PartitionBy by_ = PartitionBy::Kind;
  std::shared_ptr<const Classification> latest_;
};

}  // namespace whyalive::heap
