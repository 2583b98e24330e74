#include "server/heap/classification.h"

#include <unordered_map>
#include <utility>

#include "server/heap/holders.h"
#include "server/heap/referrer_sets.h"

namespace whyalive::heap {

namespace {
constexpr std::uint32_t kCheckEvery = 1u << 18;  // objects between two looks at RunControl
constexpr Bytes kSmall = 1 << 16;                // sizes below are looked up in a table
}  // namespace

Result<Classification> Classification::classify(const Analysis& analysis, PartitionBy by,
                                                const RunControl& control) {
  Classification c;
  c.kinds_ = &analysis.kinds();
  switch (by) {
    case PartitionBy::Kind:
    case PartitionBy::Type:
    case PartitionBy::Module: c.byKinds(analysis, by); return c;
    case PartitionBy::Size:
    case PartitionBy::Id:
      if (c.bySize(analysis, control) && c.narrow(control)) return c;
      return fail(ErrorCode::Cancelled, "dividing the heap was cancelled");
    case PartitionBy::Holder:
    case PartitionBy::Referrers:
    case PartitionBy::Via: break;
  }
  Result<NumberedLabels> found = by == PartitionBy::Holder ? objectsByHolder(analysis, control)
                                 : by == PartitionBy::Via  ? objectsByVia(analysis, control)
                                                           : objectsByReferrers(analysis, control);
  if (!found) return std::unexpected(std::move(found.error()));
  c.groups_ = std::move(found->ofObject);
  if (c.mergeAlike(std::move(found->labels), control) && c.narrow(control)) return c;
  return fail(ErrorCode::Cancelled, "dividing the heap was cancelled");
}

void Classification::byKinds(const Analysis& analysis, PartitionBy by) {
  byKind_ = true;
  const HeapGraph& graph = analysis.graph();
  std::vector<std::string> labels;
  std::vector<std::string> types;
  for (std::uint32_t k = 0; k < kinds_->count(); ++k) {
    const TypeIndex type = kinds_->type(KindIndex{k});
    groups_.push_back(k);
    labels.emplace_back(by == PartitionBy::Kind   ? kinds_->name(KindIndex{k})
                        : by == PartitionBy::Type ? graph.typeName(type)
                                                  : graph.name(graph.typeInfo(type).module));
  }
  mergeAlike(std::move(labels));
  if (by == PartitionBy::Module) return;
  for (std::uint32_t k = 0; k < kinds_->count(); ++k) {
    types_[groups_[k]] = graph.typeName(kinds_->type(KindIndex{k}));
  }
}

bool Classification::bySize(const Analysis& analysis, const RunControl& control) {
  const HeapGraph& graph = analysis.graph();
  std::vector<std::uint32_t> ofSmall(kSmall, kNoIndex);
  std::unordered_map<Bytes, std::uint32_t> ofLarge;
  groups_.resize(graph.objectCount());
  for (std::uint32_t o = 0; o < groups_.size(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("sorting by size", 1.0 * o / groups_.size())) {
      return false;
    }
    const Bytes size = graph.size(ObjectIndex{o});
    std::uint32_t& group =
        size < kSmall ? ofSmall[size] : ofLarge.try_emplace(size, kNoIndex).first->second;
    if (group == kNoIndex) {
      group = groupCount();
      labels_.push_back(std::to_string(size));
    }
    groups_[o] = group;
  }
  types_.resize(labels_.size());
  return true;
}

bool Classification::mergeAlike(std::vector<std::string> labels, const RunControl& control) {
  std::unordered_map<std::string, std::uint32_t> known;
  std::vector<std::uint32_t> merged;
  for (std::string& label : labels) {
    const auto [it, added] = known.try_emplace(label, groupCount());
    if (added) labels_.push_back(std::move(label));
    merged.push_back(it->second);
  }
  types_.resize(labels_.size());
  if (labels_.size() == merged.size()) return true;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("dividing the heap", 1)) return false;
    groups_[i] = merged[groups_[i]];
  }
  return true;
}

bool Classification::narrow(const RunControl& control) {
  constexpr std::uint32_t kFew = 1u << 16;
  if (groupCount() > kFew) return true;
  few_.resize(groups_.size());
  for (std::uint32_t o = 0; o < groups_.size(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("dividing the heap", 1)) return false;
    few_[o] = static_cast<std::uint16_t>(groups_[o]);
  }
  groups_ = {};
  groups_.shrink_to_fit();
  return true;
}

Result<std::shared_ptr<const Classification>> LatestClassification::get(const Analysis& analysis,
                                                                        PartitionBy by,
                                                                        const RunControl& control) {
  {
    const std::scoped_lock lock(mutex_);
    if (latest_ != nullptr && by_ == by) return latest_;
  }
  auto made = Classification::classify(analysis, by, control);
  if (!made) return std::unexpected(std::move(made.error()));
  auto shared = std::make_shared<const Classification>(*std::move(made));
  if (shared->followsKinds()) return shared;  // made at once, whenever it is asked for
  const std::scoped_lock lock(mutex_);
  by_ = by;
  return latest_ = std::move(shared);
}

}  // namespace whyalive::heap
