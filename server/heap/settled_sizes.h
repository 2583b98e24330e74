// SettledSizes: exact retained sizes of the rows of whole-heap tables, as far as somebody has asked
// for them: each costs a pass over the heap (retained_sets.h) and is the same ever after. Of one
// analysis; any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "protocol/base/ids.h"
#include "server/heap/partition.h"

namespace whyalive::heap {

class SettledSizes {
 public:
  std::optional<Bytes> find(PartitionBy by, const std::string& label) const {
    const std::scoped_lock lock(mutex_);
    const auto it = known_.find({by, label});
    return it == known_.end() ? std::nullopt : std::optional(it->second);
  }
  void add(PartitionBy by, const std::string& label, Bytes retained) {
    const std::scoped_lock lock(mutex_);
    known_.emplace(std::pair(by, label), retained);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<PartitionBy, std::string>, Bytes> known_;
};

}  // namespace whyalive::heap
