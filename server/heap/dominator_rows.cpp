#include "server/heap/dominator_rows.h"

#include <algorithm>
#include <unordered_map>

namespace whyalive::heap {
namespace {

constexpr std::size_t kCheckEvery = 1u << 16;

class Browser {
 public:
  Browser(const Analysis& analysis, const RunControl& control) : a_(analysis), control_(control) {}

  Result<DominatorLevel> level(const DominatorQuery& query) {
    DominatorLevel level;
    std::vector<ObjectIndex> parents;
    bool top = !query.object;
    if (query.object) parents.push_back(*query.object);
    for (const std::string& kind : query.kinds) {
      const std::vector<bool> wanted = kindsCalled(kind);
      std::vector<ObjectIndex> next;
      forEachChild(top, parents, [&](ObjectIndex o) {
        if (wanted[raw(a_.kinds().of(o))]) next.push_back(o);
      });
      parents = std::move(next);
      top = false;
    }
    level.count = parents.size();
    for (const ObjectIndex o : parents) {
      level.size += sizeOf(o);
      level.retained += a_.dominators().retained(o);
    }
    if (top) level.retained = a_.dominators().totalReachable();
    std::vector<DominatorRow> rows =
        query.by == DominatorsBy::Kind ? byKind(top, parents) : byObject(top, parents);
    if (cancelled_) return fail(ErrorCode::Cancelled, "browsing was cancelled");
    level.rowCount = rows.size();
    level.rows = page(std::move(rows), query);
    return level;
  }

 private:
  Bytes sizeOf(ObjectIndex o) const { return a_.graph().size(o) + a_.graph().nativeSize(o); }

  // Several kinds may have one name: a class that was made more than once.
  std::vector<bool> kindsCalled(std::string_view name) const {
    std::vector<bool> wanted(a_.kinds().count());
    for (std::uint32_t k = 0; k < wanted.size(); ++k) {
      wanted[k] = a_.kinds().name(KindIndex{k}) == name;
    }
    return wanted;
  }

  template <class Fn>
  void forEachChild(bool top, const std::vector<ObjectIndex>& parents, Fn fn) {
    const auto each = [&](ObjectIndex o) {
      if (++visited_ % kCheckEvery == 0 && !control_.keepGoing("browsing dominators", 0)) {
        cancelled_ = true;
      }
      if (!cancelled_) fn(o);
    };
    if (top) return a_.dominators().forEachTop(each);
    for (const ObjectIndex parent : parents) a_.dominators().forEachChild(parent, each);
  }

  std::uint64_t childCount(ObjectIndex o) const {
    std::uint64_t count = 0;
    a_.dominators().forEachChild(o, [&](ObjectIndex) { ++count; });
    return count;
  }

  std::vector<DominatorRow> byObject(bool top, const std::vector<ObjectIndex>& parents) {
    std::vector<DominatorRow> rows;
    forEachChild(top, parents, [&](ObjectIndex o) {
      rows.push_back({a_.kinds().of(o), 1, 0, a_.dominators().retained(o), 0, o});
    });
    return rows;
  }

  std::vector<DominatorRow> byKind(bool top, const std::vector<ObjectIndex>& parents) {
    std::unordered_map<std::string_view, std::size_t> rowOf;
    std::vector<DominatorRow> rows;
    forEachChild(top, parents, [&](ObjectIndex o) {
      const KindIndex kind = a_.kinds().of(o);
      const auto [it, added] = rowOf.try_emplace(a_.kinds().name(kind), rows.size());
      if (added) rows.push_back({.kind = kind});
      DominatorRow& row = rows[it->second];
      const Bytes retained = a_.dominators().retained(o);
      if (row.object == kNoObject || retained > a_.dominators().retained(row.object)) {
        row.object = o;
      }
      ++row.count;
      row.size += sizeOf(o);
      row.retained += retained;
      row.children += childCount(o);
    });
    return rows;
  }

  std::vector<DominatorRow> page(std::vector<DominatorRow> rows,
                                 const DominatorQuery& query) const {
    const std::uint64_t begin = std::min<std::uint64_t>(query.offset, rows.size());
    const std::uint64_t end = begin + std::min<std::uint64_t>(query.limit, rows.size() - begin);
    const auto at = [&](std::uint64_t i) { return rows.begin() + static_cast<std::ptrdiff_t>(i); };
    std::partial_sort(
        rows.begin(), at(end), rows.end(), [&](const DominatorRow& a, const DominatorRow& b) {
          return a.retained != b.retained ? a.retained > b.retained : a.object < b.object;
        });
    std::vector<DominatorRow> shown(at(begin), at(end));
    for (DominatorRow& row : shown) {
      if (query.by == DominatorsBy::Kind) continue;
      row.size = sizeOf(row.object);
      row.children = childCount(row.object);
    }
    return shown;
  }

  const Analysis& a_;
  const RunControl& control_;
  std::size_t visited_ = 0;
  bool cancelled_ = false;
};

}  // namespace

Result<DominatorLevel> dominatorLevel(const Analysis& analysis, const DominatorQuery& query,
                                      const RunControl& control) {
  return Browser(analysis, control).level(query);
}

}  // namespace whyalive::heap
