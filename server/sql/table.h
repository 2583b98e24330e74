// Table: one virtual table, told without SQLite: its columns, the ways in (accesses) that reach
// matching rows without visiting others, and the rows themselves.
//
// A row is a number below 2³²; what the number means is the table's own affair (an object, an edge,
// a frame). SQLite checks every condition again, so an access may return too many rows, never too
// few. Tables are made once per session and used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "server/sql/cell.h"
#include "server/sql/schema.h"

namespace whyalive::sql {

enum class Operator : char {
  Equal = '=',
  Less = '<',
  LessOrEqual = 'l',
  Greater = '>',
  GreaterOrEqual = 'g',
  IsNull = 'n',
  Like = '~',
  Glob = '*',
  InstanceOf = 'i',  // isinstance(column, 'type name')
};

// How an access matches its column: which operators it takes.
enum class Match : std::uint8_t {
  Equal,       // one Equal
  Range,       // a lower bound, an upper bound or both
  IsNull,      // one IsNull
  Pattern,     // one Like or Glob
  InstanceOf,  // one InstanceOf
};

struct Access {
  int column = 0;
  Match match = Match::Equal;
  // The column is a parameter of the table: where it is given, this access is the one to take, and
  // its rows are exactly the matching ones.
  bool parameter = false;
};

// A condition that an access is to use. While planning the value may be unknown (a join).
struct Condition {
  Operator op = Operator::Equal;
  bool known = false;
  Cell value;
};

// Row numbers, in order: pieces of consecutive numbers or of a list that outlives the query.
class Sequence {
 public:
  struct Piece {
    const std::uint32_t* list = nullptr;  // nullptr: first, first + 1, …
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  static Sequence range(std::uint32_t first, std::uint32_t count);
  static Sequence listed(std::span<const std::uint32_t> list);
  static Sequence owned(std::vector<std::uint32_t> list);

  void append(std::span<const std::uint32_t> list);
  std::span<const Piece> pieces() const {
    return more_.empty() ? std::span(&only_, only_.count > 0 ? 1 : 0) : std::span(more_);
  }

 private:
  void append(const Piece& piece);

  Piece only_;  // mostly there is one: no allocation for a look-up
  std::vector<Piece> more_;
  std::shared_ptr<const std::vector<std::uint32_t>> owned_;
};

// Where a query stands in a table.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual bool atEnd() const = 0;
  virtual void next() = 0;
  virtual std::int64_t number() const = 0;
  virtual Cell cell(int column) const = 0;
};

struct Order {
  int column = -1;
  bool descending = false;
};

class Table {
 public:
  virtual ~Table() = default;

  virtual TableInfo info() const = 0;
  virtual std::span<const Access> accesses() const = 0;
  // How many rows there are, and how many an access yields (conditions may be unknown).
  virtual double rowCount() const = 0;
  virtual Result<double> estimate(const Access& access,
                                  std::span<const Condition> conditions) const = 0;
  // The rows of this access (nullptr: all) can come in the order of the column.
  virtual bool ordered(const Access* access, std::span<const Condition> conditions,
                       Order order) const = 0;
  virtual Result<std::unique_ptr<Rows>> rows(const Access* access,
                                             std::span<const Condition> conditions,
                                             Order order) const = 0;
};

// What most tables are: a sequence of row numbers, and a cell for each number and column.
class SequenceTable : public Table {
 public:
  virtual Cell cell(std::uint32_t row, int column) const = 0;
  virtual Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                                  int orderColumn) const = 0;
  // False for numbers that are no row (empty slots).
  virtual bool isRow(std::uint32_t row) const;

  Result<std::unique_ptr<Rows>> rows(const Access* access, std::span<const Condition> conditions,
                                     Order order) const override;
};

// The bounds that conditions put on a whole number, at most [0, end): first and one past the last.
struct Bounds {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
};
Bounds boundsOf(std::span<const Condition> conditions, std::uint32_t end);

}  // namespace whyalive::sql
