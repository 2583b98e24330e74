#include "server/sql/table.h"

#include <algorithm>
#include <cmath>

namespace whyalive::sql {

Sequence Sequence::range(std::uint32_t first, std::uint32_t count) {
  Sequence s;
  s.append({nullptr, first, count});
  return s;
}

Sequence Sequence::listed(std::span<const std::uint32_t> list) {
  Sequence s;
  s.append(list);
  return s;
}

Sequence Sequence::owned(std::vector<std::uint32_t> list) {
  Sequence s;
  s.owned_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(list));
  s.append(*s.owned_);
  return s;
}

void Sequence::append(std::span<const std::uint32_t> list) {
  append({list.data(), 0, static_cast<std::uint32_t>(list.size())});
}

void Sequence::append(const Piece& piece) {
  if (piece.count == 0) return;
  if (more_.empty() && only_.count == 0) {
    only_ = piece;
    return;
  }
  if (more_.empty()) more_.push_back(only_);
  more_.push_back(piece);
}

namespace {

class SequenceRows : public Rows {
 public:
  SequenceRows(const SequenceTable& table, Sequence sequence, bool descending)
      : table_(table),
        sequence_(std::move(sequence)),
        descending_(descending),
        left_(sequence_.pieces().size()) {
    enterPiece();
    skipHoles();
  }

  bool atEnd() const override { return left_ == 0; }
  void next() override {
    advance();
    skipHoles();
  }
  std::int64_t number() const override { return row(); }
  Cell cell(int column) const override { return table_.cell(row(), column); }

 private:
  const Sequence::Piece& piece() const {
    return sequence_.pieces()[descending_ ? left_ - 1 : sequence_.pieces().size() - left_];
  }
  std::uint32_t row() const {
    const std::uint32_t i = descending_ ? count_ - 1 - done_ : done_;
    return list_ != nullptr ? list_[i] : first_ + i;
  }
  void enterPiece() {
    if (left_ == 0) return;
    list_ = piece().list;
    first_ = piece().first;
    count_ = piece().count;
    done_ = 0;
  }
  void advance() {
    if (++done_ < count_) return;
    --left_;
    enterPiece();
  }
  void skipHoles() {
    while (left_ > 0 && !table_.isRow(row())) advance();
  }

  const SequenceTable& table_;
  Sequence sequence_;
  bool descending_;
  std::size_t left_;  // pieces, the current one too
  const std::uint32_t* list_ = nullptr;
  std::uint32_t first_ = 0, count_ = 0, done_ = 0;
};

}  // namespace

bool SequenceTable::isRow(std::uint32_t) const { return true; }

Result<std::unique_ptr<Rows>> SequenceTable::rows(const Access* access,
                                                  std::span<const Condition> conditions,
                                                  Order order) const {
  Result<Sequence> sequence = select(access, conditions, order.column);
  if (!sequence) return std::unexpected(sequence.error());
  return std::make_unique<SequenceRows>(*this, *std::move(sequence), order.descending);
}

Bounds boundsOf(std::span<const Condition> conditions, std::uint32_t end) {
  double first = 0, last = static_cast<double>(end) - 1;  // exact: 32 bits
  for (const Condition& c : conditions) {
    double value = 0;
    if (const auto* i = std::get_if<std::int64_t>(&c.value)) {
      value = static_cast<double>(*i);
    } else if (const auto* d = std::get_if<double>(&c.value)) {
      value = *d;
    } else if (isNull(c.value)) {
      return {};  // nothing compares with NULL
    } else {
      if (c.op == Operator::Equal) return {};
      continue;  // text sorts after every number; SQLite decides
    }
    if (c.op == Operator::Greater || c.op == Operator::GreaterOrEqual) {
      first = std::max(first, std::ceil(value));
    } else if (c.op == Operator::Less || c.op == Operator::LessOrEqual) {
      last = std::min(last, std::floor(value));
    } else if (c.op == Operator::Equal) {
      first = std::max(first, std::ceil(value));
      last = std::min(last, std::floor(value));
    }
  }
  if (!(first <= last)) return {};
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last) + 1};
}

}  // namespace whyalive::sql
