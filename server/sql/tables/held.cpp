// held: what the objects of a kind hold, by kind: the sums of `dominators` with `within`, for whole
// kinds at once. Added up for a kind when it is first asked for: in preorder, all that an object
// holds stands right behind it.
#include <bit>
#include <optional>

#include "server/sql/kind_access.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;
using heap::KindIndex;

enum : int { kHolder, kKind, kType, kCount, kSize };

constexpr Column kColumns[] = {
    {"holder", Text, "a kind, as in objects.kind"},
    {"kind", Text, "kind of what would be freed with one of them, themselves included"},
    {"type", Text, "type of these"},
    {"count", Integer, "so many of this kind, each once"},
    {"size", Bytes, "their sizes together"},
};

constexpr Access kAccesses[] = {{kHolder, Match::Equal}};

class Held : public SequenceTable {
 public:
  Held(Indexes& indexes, QueryRun& run)
      : indexes_(indexes),
        run_(run),
        kinds_(indexes.analysis().kinds()),
        tree_(indexes.analysis().dominators()),
        blocks_(kinds_.count()) {}

  static constexpr TableInfo kInfo{"held", "what the objects of a kind hold, by kind", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kAccesses; }
  double rowCount() const override { return 50.0 * kinds_.count(); }
  Result<double> estimate(const Access&, std::span<const Condition>) const override { return 50; }
  bool ordered(const Access*, std::span<const Condition>, Order) const override { return false; }
  Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                          int) const override;
  Cell cell(std::uint32_t row, int column) const override;

 private:
  struct Row {
    KindIndex holder, kind;
    std::uint64_t count = 0;
    whyalive::Bytes size = 0;
  };
  struct Block {  // rows of one holder
    std::uint32_t first = 0, count = 0;
  };
  Result<Block> blockOf(KindIndex holder) const;
  Result<std::vector<Row>> addUp(KindIndex holder) const;
  bool addRange(std::uint32_t first, std::uint32_t end, std::vector<Row>& sums) const;

  Indexes& indexes_;
  QueryRun& run_;
  const heap::Kinds& kinds_;
  const heap::Dominators& tree_;
  mutable std::vector<Row> rows_;
  mutable std::vector<std::optional<Block>> blocks_;  // by holder
};

Result<Sequence> Held::select(const Access* access, std::span<const Condition> conditions,
                              int) const {
  std::vector<KindIndex> holders;
  if (access != nullptr) {
    holders = kindsFor(indexes_, run_, KindColumn::Kind, conditions[0]);
  } else {
    holders.assign(indexes_.kindsByName().begin(), indexes_.kindsByName().end());
  }
  std::vector<std::uint32_t> found;
  for (const KindIndex holder : holders) {
    const Result<Block> block = blockOf(holder);
    if (!block) return std::unexpected(block.error());
    for (std::uint32_t i = 0; i < block->count; ++i) found.push_back(block->first + i);
  }
  return Sequence::owned(std::move(found));
}

Result<Held::Block> Held::blockOf(KindIndex holder) const {
  std::optional<Block>& known = blocks_[raw(holder)];
  if (!known) {
    auto rows = addUp(holder);
    if (!rows) return std::unexpected(rows.error());
    known =
        Block{static_cast<std::uint32_t>(rows_.size()), static_cast<std::uint32_t>(rows->size())};
    rows_.insert(rows_.end(), rows->begin(), rows->end());
  }
  return *known;
}

// The members are marked by position, so that they are met in preorder without sorting; those
// inside another one are counted with it.
Result<std::vector<Held::Row>> Held::addUp(KindIndex holder) const {
  constexpr std::size_t kCheckEvery = 1u << 18;
  const auto members = indexes_.ofKind(holder);
  if (!members) return std::unexpected(members.error());
  std::vector<std::uint64_t> marked(indexes_.graph().objectCount() / 64 + 1);
  for (std::size_t i = 0; i < members->size(); ++i) {
    if (i % kCheckEvery == 0 && !run_.keepGoing("adding up")) {
      return std::unexpected(run_.stopError());
    }
    const std::uint32_t position = tree_.position(ObjectIndex{(*members)[i]});
    marked[position >> 6] |= std::uint64_t{1} << (position & 63);
  }
  std::vector<Row> sums(kinds_.count());
  std::uint32_t until = 0;
  for (std::size_t word = 0; word < marked.size(); ++word) {
    for (std::uint64_t bits = marked[word]; bits != 0; bits &= bits - 1) {
      const auto position = static_cast<std::uint32_t>(word * 64) +
                            static_cast<std::uint32_t>(std::countr_zero(bits));
      if (position < until) continue;
      until = position + tree_.subtreeCountAt(position);
      if (!addRange(position, until, sums)) return std::unexpected(run_.stopError());
    }
  }
  std::vector<Row> rows;
  for (const KindIndex k : indexes_.kindsByName()) {
    const Row& sum = sums[raw(k)];
    if (sum.count > 0) rows.push_back({holder, k, sum.count, sum.size});
  }
  return rows;
}

bool Held::addRange(std::uint32_t first, std::uint32_t end, std::vector<Row>& sums) const {
  constexpr std::uint32_t kCheckEvery = 1u << 16, kAhead = 8;
  const heap::HeapGraph& graph = indexes_.graph();
  const std::span<const std::uint32_t> order = tree_.preorder();
  for (std::uint32_t i = first; i < end; ++i) {
    if (i % kCheckEvery == 0 && !run_.keepGoing("adding up")) return false;
    if (i + kAhead < order.size()) {
      __builtin_prefetch(&graph.snapshot().shape[order[i + kAhead]]);
      __builtin_prefetch(&graph.snapshot().size[order[i + kAhead]]);
    }
    const ObjectIndex o{order[i]};
    Row& sum = sums[raw(kinds_.of(o))];
    ++sum.count;
    sum.size += graph.size(o);
  }
  return true;
}

Cell Held::cell(std::uint32_t row, int column) const {
  const Row& r = rows_[row];
  switch (column) {
    case kHolder: return kinds_.name(r.holder);
    case kKind: return kinds_.name(r.kind);
    case kType: return indexes_.graph().typeName(kinds_.type(r.kind));
    case kCount: return numberCell(r.count);
    case kSize: return numberCell(r.size);
    default: return {};
  }
}

}  // namespace

TableDefinition heldTable() { return define<Held>(); }

}  // namespace whyalive::sql
