#include "server/features/dominators_report.h"

#include "server/features/object_report.h"
#include "server/heap/dominator_rows.h"
#include "server/heap/select.h"

namespace whyalive::features {
namespace {

constexpr std::uint32_t kMostFlameNodes = 20'000;

}  // namespace

Result<api::DominatorsResult> dominatorsReport(const heap::Analysis& analysis, std::string snapshot,
                                               const api::DominatorsParams& params,
                                               const RunControl& control) {
  heap::DominatorQuery query;
  if (params.object) {
    const auto object = heap::objectWithId(analysis, *params.object);
    if (!object) return std::unexpected(object.error());
    query.object = *object;
  }
  query.kinds = params.kinds;
  const bool byKind = params.by == api::DominatorsBy::Kind;
  query.by = byKind ? heap::DominatorsBy::Kind : heap::DominatorsBy::Object;
  query.offset = params.offset;
  query.limit = params.limit;
  const auto level = heap::dominatorLevel(analysis, query, control);
  if (!level) return std::unexpected(level.error());
  api::DominatorsResult report{std::move(snapshot), level->count,    level->size,
                               level->retained,     level->rowCount, {}};
  for (const heap::DominatorRow& row : level->rows) {
    api::DominatorsRow& one = report.rows.emplace_back();
    one.kind = analysis.kinds().name(row.kind);
    one.count = row.count;
    one.size = row.size;
    one.retained = row.retained;
    one.children = row.children;
    if (!byKind) one.object = objectRow(analysis, row.object);
  }
  return report;
}

Result<void> checkFlame(const api::FlameParams& params) {
  if (params.maxNodes > 0 && params.maxNodes <= kMostFlameNodes) return {};
  return fail(ErrorCode::InvalidArgument,
              "params.maxNodes: must be between 1 and " + std::to_string(kMostFlameNodes));
}

Result<api::FlameResult> flameReport(const heap::FlameTree& tree, std::string snapshot,
                                     const api::FlameParams& params) {
  const auto flame = tree.cut({params.under, params.maxNodes});
  if (!flame) return std::unexpected(flame.error());
  api::FlameResult report{std::move(snapshot), flame->nodeCount, {}};
  for (const heap::FlameNode& node : flame->nodes) {
    api::FlameNode& one = report.nodes.emplace_back();
    if (node.parent != kNoIndex) one.parent = node.parent;
    one.label = node.label;
    one.type = node.type;
    one.count = node.count;
    one.size = node.size;
    one.totalCount = node.totalCount;
    one.totalSize = node.totalSize;
    one.signature = node.signature;
    if (node.object != kNoObject) one.id = raw(node.object);
    one.hidden = node.hidden;
  }
  return report;
}

}  // namespace whyalive::features
