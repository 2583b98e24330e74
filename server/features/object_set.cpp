#include "server/features/object_set.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "server/features/partition_report.h"
#include "server/heap/fates.h"
#include "server/heap/partition.h"
#include "server/heap/select.h"
#include "server/sql/sql_session.h"

namespace whyalive::features {
namespace {

using Objects = std::vector<ObjectIndex>;

Result<Objects> withIds(const heap::Analysis& analysis, const std::vector<std::uint32_t>& ids) {
  Objects objects;
  for (const std::uint32_t id : ids) {
    const auto object = heap::objectWithId(analysis, id);
    if (!object) return std::unexpected(object.error());
    objects.push_back(*object);
  }
  std::ranges::sort(objects);
  objects.erase(std::ranges::unique(objects).begin(), objects.end());
  return objects;
}

Result<Objects> ofRow(const heap::Analysis& analysis, const api::PartitionPart& row,
                      const RunControl& control, heap::LatestClassification* latest) {
  auto found = heap::objectsWithin(analysis, heapParts({row}), control, latest);
  if (found && found->empty()) {
    return fail(ErrorCode::NotFound, "the partition by " +
                                         std::string(heap::toString(heapPartition(row.by))) +
                                         " has no row " + row.kind);
  }
  return found;
}

Objects added(const heap::Fates& fates) {
  Objects objects;
  for (std::uint32_t o = 0; o < fates.now.size(); ++o) {
    if (fates.now[o] == heap::Fate::Added) objects.push_back(ObjectIndex{o});
  }
  return objects;
}

// What is left of the set once this narrows it down.
Result<void> narrow(std::optional<Objects>& set, Result<Objects> by) {
  if (!by) return std::unexpected(std::move(by.error()));
  if (!set) {
    set = *std::move(by);
    return {};
  }
  Objects both;
  std::ranges::set_intersection(*set, *by, std::back_inserter(both));
  set = std::move(both);
  return {};
}

}  // namespace

bool namesObjects(const api::ObjectSet& set) {
  return !set.objects.empty() || !set.type.empty() || set.row || !set.where.empty() || set.newSince;
}

Result<std::vector<ObjectIndex>> objectsOf(std::shared_ptr<const heap::Analysis> analysis,
                                           const api::ObjectSet& set, const heap::Fates* since,
                                           const RunControl& control,
                                           heap::LatestClassification* latest,
                                           const AskWhere& where) {
  std::optional<Objects> objects;
  Result<void> done;
  if (!set.objects.empty()) done = narrow(objects, withIds(*analysis, set.objects));
  if (done && !set.type.empty())
    done = narrow(objects, heap::objectsOfType(*analysis, set.type, control));
  if (done && set.row) done = narrow(objects, ofRow(*analysis, *set.row, control, latest));
  if (done && !set.where.empty() && where) {
    done = narrow(objects, where(set.where, control));
  } else if (done && !set.where.empty()) {
    auto sql = sql::SqlSession::open(analysis);
    if (!sql) return std::unexpected(sql.error());
    done = narrow(objects, sql->objectsWhere(set.where, {}, control));
  }
  if (done && since != nullptr) done = narrow(objects, added(*since));
  if (!done) return std::unexpected(std::move(done.error()));
  if (objects) return *std::move(objects);
  constexpr std::uint32_t kCheckEvery = 1u << 20;  // objects between two looks at the control
  Objects all;
  all.reserve(analysis->graph().objectCount());
  for (std::uint32_t o = 0; o < analysis->graph().objectCount(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("choosing objects", 0)) {
      return fail(ErrorCode::Cancelled, "choosing objects was cancelled");
    }
    all.push_back(ObjectIndex{o});
  }
  return all;
}

}  // namespace whyalive::features
