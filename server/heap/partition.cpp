#include "server/heap/partition.h"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>

#include "server/heap/group_retained.h"

namespace whyalive::heap {
namespace {

struct Group {
  std::string label;
  std::string type;
  std::uint64_t count = 0;
  Bytes size = 0;
  Bytes retained = 0;
};

// Number of the group of each kind, and the groups' names.
struct Grouping {
  std::vector<std::uint32_t> ofKind;
  std::vector<Group> groups;
};

Grouping groupKinds(const Analysis& a, PartitionBy by) {
  Grouping result;
  std::map<std::string, std::uint32_t, std::less<>> byLabel;
  for (std::uint32_t k = 0; k < a.kinds().count(); ++k) {
    const TypeIndex type = a.kinds().type(KindIndex{k});
    const TypeRecord& info = a.graph().typeInfo(type);
    std::string label;
    switch (by) {
      case PartitionBy::Kind: label = a.kinds().name(KindIndex{k}); break;
      case PartitionBy::Type: label = a.graph().typeName(type); break;
      case PartitionBy::Module: label = a.graph().name(info.module); break;
    }
    const auto [it, added] =
        byLabel.emplace(label, static_cast<std::uint32_t>(result.groups.size()));
    if (added) {
      result.groups.emplace_back().label = label;
      if (by != PartitionBy::Module) result.groups.back().type = a.graph().typeName(type);
    }
    result.ofKind.push_back(it->second);
  }
  return result;
}

std::vector<Group> groupsOf(const Analysis& a, PartitionBy by) {
  Grouping grouping = groupKinds(a, by);
  const auto groupOf = [&](std::uint32_t o) {
    return grouping.ofKind[raw(a.kinds().of(ObjectIndex{o}))];
  };
  for (std::uint32_t o = 0; o < a.graph().objectCount(); ++o) {
    Group& group = grouping.groups[groupOf(o)];
    ++group.count;
    group.size += a.graph().size(ObjectIndex{o});
  }
  const std::vector<Bytes> retained =
      retainedByGroup(a.dominators(), static_cast<std::uint32_t>(grouping.groups.size()), groupOf);
  for (std::size_t g = 0; g < grouping.groups.size(); ++g) {
    grouping.groups[g].retained = retained[g];
  }
  return std::move(grouping.groups);
}

std::int64_t difference(std::uint64_t now, std::uint64_t before) {
  return static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before);
}

void addGrowth(PartitionTable& table, const Analysis& since) {
  std::unordered_map<std::string, Group> before;
  std::uint64_t count = 0;
  Bytes size = 0;
  for (Group& group : groupsOf(since, table.by)) {
    count += group.count;
    size += group.size;
    std::string label = group.label;
    before.emplace(std::move(label), std::move(group));
  }
  table.totalGrowth = {difference(table.totalCount, count), difference(table.totalSize, size)};
  for (PartitionRow& row : table.rows) {
    const auto it = before.find(row.label);
    const Group none;
    const Group& old = it == before.end() ? none : it->second;
    row.growth = {difference(row.count, old.count), difference(row.size, old.size)};
    if (it != before.end()) before.erase(it);
  }
  for (const auto& [label, old] : before) {
    if (old.count == 0) continue;
    PartitionRow gone;
    gone.label = label;
    gone.type = old.type;
    gone.growth = {difference(0, old.count), difference(0, old.size)};
    table.rows.push_back(std::move(gone));
  }
}

}  // namespace

std::string_view toString(PartitionBy by) {
  switch (by) {
    case PartitionBy::Kind: return "kind";
    case PartitionBy::Type: return "type";
    case PartitionBy::Module: return "module";
  }
  return "kind";
}

std::optional<PartitionBy> partitionBy(std::string_view word) {
  for (const PartitionBy by : {PartitionBy::Kind, PartitionBy::Type, PartitionBy::Module}) {
    if (word == toString(by)) return by;
  }
  return std::nullopt;
}

PartitionTable partition(const Analysis& analysis, PartitionBy by,
                         const PartitionOptions& options) {
  PartitionTable table;
  table.by = by;
  for (Group& group : groupsOf(analysis, by)) {
    if (group.count == 0) continue;
    table.totalCount += group.count;
    table.totalSize += group.size;
    table.rows.push_back({.index = 0,
                          .label = std::move(group.label),
                          .type = std::move(group.type),
                          .count = group.count,
                          .size = group.size,
                          .retained = group.retained,
                          .growth = std::nullopt});
  }
  if (options.since != nullptr) addGrowth(table, *options.since);
  std::ranges::sort(table.rows, [](const PartitionRow& a, const PartitionRow& b) {
    return a.size != b.size ? a.size > b.size : a.label < b.label;
  });
  for (std::uint32_t i = 0; i < table.rows.size(); ++i) table.rows[i].index = i;
  return table;
}

}  // namespace whyalive::heap
