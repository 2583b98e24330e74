#include "server/sql/indexes.h"

#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "server/heap/stoppable_sort.h"
#include "server/heap/suspects.h"
#include "server/heap/touch_pages.h"
#include "server/sql/value_order.h"

namespace whyalive::sql {

using heap::KindIndex;

namespace {
constexpr std::uint32_t kCheckEvery = 1u << 19;  // objects between two looks at the control
constexpr std::size_t kHubEdges = 64;            // more references than this: worth an index
}  // namespace

bool matches(NameTest test, std::string_view pattern, std::string_view name) {
  if (test == NameTest::Equal) return pattern == name;
  const std::string p(pattern), n(name);  // SQLite wants a terminating zero
  return (test == NameTest::Like ? sqlite3_strlike(p.c_str(), n.c_str(), 0)
                                 : sqlite3_strglob(p.c_str(), n.c_str())) == 0;
}

Indexes::Indexes(std::shared_ptr<const heap::Analysis> analysis, QueryRun& run,
                 std::optional<std::vector<heap::Suspect>> suspects)
    : analysis_(std::move(analysis)),
      graph_(analysis_->graph()),
      run_(run),
      suspects_(std::move(suspects)) {
  nameKinds();
}

void Indexes::nameKinds() {
  const heap::Kinds& kinds = analysis_->kinds();
  for (std::uint32_t k = 0; k < kinds.count(); ++k) kindsByName_.push_back(KindIndex{k});
  std::ranges::sort(kindsByName_, {}, [&](KindIndex k) { return kinds.name(k); });
  kindsByTypeName_ = kindsByName_;
  std::ranges::stable_sort(kindsByTypeName_, {},
                           [&](KindIndex k) { return graph_.typeName(kinds.type(k)); });
}

// A counting sort, in two steps: planning needs the counts alone. Ids rise within a kind.
Result<void> Indexes::countByKind() {
  if (!kindStart_.empty()) return {};
  const heap::Kinds& kinds = analysis_->kinds();
  const std::uint32_t n = graph_.objectCount();
  std::vector<std::uint32_t> start(kinds.count() + 1, 0);
  for (std::uint32_t o = 0; o < n; ++o) {
    if (o % kCheckEvery == 0 && !run_.keepGoing("counting objects by kind")) {
      return std::unexpected(run_.stopError());
    }
    ++start[raw(kinds.of(ObjectIndex{o})) + 1];
  }
  for (std::uint32_t k = 0; k < kinds.count(); ++k) start[k + 1] += start[k];
  kindStart_ = std::move(start);
  return {};
}

Result<void> Indexes::sortByKind() {
  if (byKind_) return {};
  if (auto counted = countByKind(); !counted) return counted;
  const heap::Kinds& kinds = analysis_->kinds();
  const std::uint32_t n = graph_.objectCount();
  heap::Column<std::uint32_t> members(n);  // clearing it would take as long as all of the rest
  if (!heap::touchPages(members, run_.control(), "sorting objects by kind")) {
    return std::unexpected(run_.stopError());
  }
  std::vector<std::uint32_t> at(kindStart_.begin(), kindStart_.end() - 1);
  for (std::uint32_t o = 0; o < n; ++o) {
    if (o % kCheckEvery == 0 && !run_.keepGoing("sorting objects by kind")) {
      return std::unexpected(run_.stopError());
    }
    members[at[raw(kinds.of(ObjectIndex{o}))]++] = o;
  }
  byKind_ = std::move(members);
  return {};
}

Result<std::uint32_t> Indexes::countOfKind(KindIndex kind) {
  if (auto counted = countByKind(); !counted) return std::unexpected(counted.error());
  return kindStart_[raw(kind) + 1] - kindStart_[raw(kind)];
}

Result<std::span<const std::uint32_t>> Indexes::ofKind(KindIndex kind) {
  if (auto sorted = sortByKind(); !sorted) return std::unexpected(sorted.error());
  const std::uint32_t first = kindStart_[raw(kind)];
  return std::span<const std::uint32_t>(*byKind_).subspan(first, kindStart_[raw(kind) + 1] - first);
}

namespace {
template <class Test>
std::vector<KindIndex> kindsWhere(std::span<const KindIndex> all, Test&& test) {
  std::vector<KindIndex> found;
  std::ranges::copy_if(all, std::back_inserter(found), test);
  return found;
}
}  // namespace

std::vector<KindIndex> Indexes::kindsOfTypes(NameTest test, std::string_view pattern) const {
  return kindsWhere(kindsByTypeName_, [&](KindIndex k) {
    return matches(test, pattern, graph_.typeName(analysis_->kinds().type(k)));
  });
}

std::vector<KindIndex> Indexes::kindsNamed(NameTest test, std::string_view pattern) const {
  return kindsWhere(kindsByName_, [&](KindIndex k) {
    return matches(test, pattern, analysis_->kinds().name(k));
  });
}

std::vector<KindIndex> Indexes::kindsOfModule(std::string_view module) const {
  return kindsWhere(kindsByTypeName_, [&](KindIndex k) {
    return graph_.name(graph_.typeInfo(analysis_->kinds().type(k)).module) == module;
  });
}

std::vector<KindIndex> Indexes::kindsOfInstances(std::string_view baseTypeName) const {
  const std::vector<TypeIndex> bases = graph_.typesNamed(baseTypeName);
  return kindsWhere(kindsByTypeName_, [&](KindIndex k) {
    return std::ranges::any_of(
        bases, [&](TypeIndex b) { return graph_.isSubtype(analysis_->kinds().type(k), b); });
  });
}

Result<std::shared_ptr<ValueOrder>> Indexes::largestFirst(Measure measure) {
  std::shared_ptr<ValueOrder>& known = largestFirst_[static_cast<std::size_t>(measure)];
  if (!known) {
    auto order = ValueOrder::of(*this, run_, measure, Sequence::range(0, graph_.objectCount()));
    if (!order) return std::unexpected(order.error());
    known = std::make_shared<ValueOrder>(*std::move(order));
  }
  return known;
}

double Indexes::countWithin(Measure measure, std::span<const Condition> conditions) const {
  const std::shared_ptr<ValueOrder>& known = largestFirst_[static_cast<std::size_t>(measure)];
  if (!known || !std::ranges::all_of(conditions, &Condition::known)) {
    return graph_.objectCount() / 4.0;
  }
  const Bounds bounds = known->within(measureBounds(conditions));
  return bounds.end - bounds.first;
}

Result<std::span<const std::uint32_t>> Indexes::strings() {
  if (!strings_) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t o = 0; o < graph_.objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !run_.keepGoing("finding strings")) {
        return std::unexpected(run_.stopError());
      }
      if (graph_.shape(ObjectIndex{o}).value == heap::ValueKind::Text) found.push_back(o);
    }
    strings_ = std::move(found);
  }
  return std::span<const std::uint32_t>(*strings_);
}

Result<const TextOrder*> Indexes::textOrder() {
  if (!textOrder_) {
    auto all = strings();
    if (!all) return std::unexpected(all.error());
    auto sorted = sortedByText(graph_, *all, run_);
    if (!sorted) return std::unexpected(sorted.error());
    textOrder_ = *std::move(sorted);
  }
  return &*textOrder_;
}

Result<std::span<const std::uint32_t>> Indexes::stringsByText() {
  const auto order = textOrder();
  if (!order) return std::unexpected(order.error());
  return std::span<const std::uint32_t>((*order)->strings);
}

Result<std::span<const std::uint32_t>> Indexes::stringsSpelling(std::string_view text) {
  const auto all = stringsByText();
  if (!all) return all;
  const auto textOf = [this](std::uint32_t id) {
    return graph_.text(ObjectIndex{id}).value_or(heap::TextValue{}).bytes;
  };
  const auto found = std::ranges::equal_range(*all, text, {}, textOf);
  return std::span<const std::uint32_t>(found.begin(), found.end());
}

// Edges of one object by target, so that asking for many targets in one large list stays linear.
std::span<const std::uint32_t> Indexes::hubEdges(ObjectIndex source) {
  auto [it, isNew] = hubEdges_.try_emplace(raw(source));
  if (isNew) {
    const auto& edges = graph_.snapshot().edges;
    const std::uint32_t first = graph_.snapshot().edgeStart[raw(source)];
    const auto count = static_cast<std::uint32_t>(graph_.rawEdges(source).size());
    it->second.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) it->second[i] = first + i;
    const auto byTarget = [&](std::uint32_t a, std::uint32_t b) {
      return edges[a] != edges[b] ? edges[a] < edges[b] : a < b;
    };
    if (!heap::sortStoppably(it->second, byTarget, run_.control(), "sorting references")) {
      hubEdges_.erase(it);  // the query has ended
      return {};
    }
  }
  return it->second;
}

void Indexes::edgesBetween(ObjectIndex source, ObjectIndex target,
                           std::vector<std::uint32_t>& found) {
  const auto& edges = graph_.snapshot().edges;
  const std::uint32_t first = graph_.snapshot().edgeStart[raw(source)];
  const std::size_t count = graph_.rawEdges(source).size();
  if (count <= kHubEdges) {
    for (std::uint32_t e = first; e < first + count; ++e) {
      if (edges[e] == raw(target)) found.push_back(e);
    }
    return;
  }
  const auto range = std::ranges::equal_range(hubEdges(source), raw(target), {},
                                              [&](std::uint32_t e) { return edges[e]; });
  found.insert(found.end(), range.begin(), range.end());
}

std::vector<std::uint32_t> Indexes::edgesTo(ObjectIndex target) {
  std::vector<std::uint32_t> found;
  const std::span<const std::uint32_t> referrers = graph_.rawReferrers(target);
  for (std::size_t i = 0; i < referrers.size(); ++i) {
    if (i % 1024 == 1023 && !run_.keepGoing()) break;
    if (i > 0 && referrers[i] == referrers[i - 1]) continue;  // sorted, once per reference
    edgesBetween(ObjectIndex{referrers[i]}, target, found);
  }
  return found;
}

Result<std::span<const heap::Suspect>> Indexes::suspects() {
  if (!suspects_) {
    auto found = heap::findSuspects(*analysis_, {}, {}, run_.control());
    if (!found) return std::unexpected(found.error());
    suspects_ = *std::move(found);
  }
  return std::span<const heap::Suspect>(*suspects_);
}

}  // namespace whyalive::sql
