#include "server/sql/summary_query.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "server/sql/sql_tokens.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using Kind = SqlToken::Kind;

// What all objects of one row of the sums have in common.
constexpr std::string_view kShared[] = {"type", "kind", "module", "reachable", "tracked"};
// What is added up there; also where counting the values is counting the objects.
constexpr std::string_view kMeasures[] = {"id", "size", "native", "retained"};
constexpr std::string_view kKeywords[] = {
    "all",   "where",  "group", "by",      "having", "order",  "limit",   "offset",  "and",
    "or",    "not",    "in",    "is",      "null",   "isnull", "notnull", "between", "like",
    "glob",  "escape", "case",  "when",    "then",   "else",   "end",     "asc",     "desc",
    "nulls", "first",  "last",  "collate", "nocase", "binary", "rtrim",   "cast",    "distinct"};
// One value in, one out, whatever the number of objects behind it.
constexpr std::string_view kScalars[] = {
    "abs",      "round",  "upper",  "lower", "substr", "substring", "length", "replace",
    "coalesce", "ifnull", "nullif", "iif",   "instr",  "printf",    "format", "trim",
    "ltrim",    "rtrim",  "like",   "glob",  "quote",  "typeof",    "hex",    "cast"};
// Functions of an object that are the same for all objects of a kind.
constexpr std::string_view kOfKind[] = {"isinstance", "typename", "kind"};

template <std::size_t N>
bool isOneOf(std::string_view name, const std::string_view (&names)[N]) {
  return std::ranges::find(names, name) != std::end(names);
}

bool isColumn(std::string_view name) {
  const auto columns = objectsTable().info.columns;
  return std::ranges::any_of(columns, [&](const Column& c) { return c.name == name; });
}

std::string inQuotes(std::string_view name) { return '"' + std::string(name) + '"'; }
std::string sumOf(std::string_view measure, std::string_view what) {
  return inQuotes(sumColumn(measure, what));
}

// One pass over the tokens; gives up at the first that it is not sure of.
class Rewriting {
 public:
  Rewriting(std::string_view sql, std::vector<SqlToken> tokens)
      : sql_(sql), tokens_(std::move(tokens)) {}

  std::optional<std::string> run() {
    if (!findFrom()) return std::nullopt;
    while (i_ < tokens_.size()) {
      if (!step()) return std::nullopt;
    }
    if (!groups_ && !adds_) return std::nullopt;  // each object is a row of the answer
    out_ += sql_.substr(copied_);
    return std::move(out_);
  }

 private:
  static const SqlToken& none() {
    static const SqlToken kNone;
    return kNone;
  }
  const SqlToken& at(std::size_t i) const { return i < tokens_.size() ? tokens_[i] : none(); }

  // SELECT … FROM objects [[AS] name], and no other SELECT or FROM.
  bool findFrom() {
    if (at(0).is("explain") && at(1).is("query") && at(2).is("plan")) i_ = 3;
    if (!at(i_).is("select")) return false;
    if (at(++i_).is("distinct")) groups_ = true;
    const auto isFrom = [](const SqlToken& token) { return token.is("from"); };
    const auto found = std::ranges::find_if(tokens_, isFrom);
    from_ = static_cast<std::size_t>(found - tokens_.begin());
    if (!at(from_ + 1).isName() || at(from_ + 1).name != "objects") return false;
    std::size_t next = from_ + 2;
    table_ = "objects";
    if (at(next).is("as")) ++next;
    if (at(next).isName() && (next > from_ + 2 || !isOneOf(at(next).name, kKeywords))) {
      table_ = at(next++).name;
    }
    afterFrom_ = next;
    return next >= tokens_.size() || isOneOf(at(next).name, kKeywords) || at(next).is(";");
  }

  void replace(std::size_t first, std::size_t end, std::string_view text) {
    out_ += sql_.substr(copied_, tokens_[first].at - copied_);
    out_ += text;
    copied_ = tokens_[end - 1].end();
  }

  bool step() {
    if (i_ == from_) {
      replace(from_ + 1, afterFrom_, inQuotes(kSumsTable) + " AS " + inQuotes(table_));
      i_ = afterFrom_;
      return true;
    }
    const SqlToken& token = tokens_[i_];
    if (!token.isName()) return value();
    const bool isKeyword = token.kind == Kind::Word && isOneOf(token.name, kKeywords);
    if (token.kind == Kind::Word && at(i_ + 1).is("(")) {
      if (isOneOf(token.name, kScalars)) return value();
      if (!isKeyword) return call();
    }
    if (token.is("as")) return alias(i_ + 1);
    return isKeyword ? keyword() : name();
  }

  // Stays as it is. The star of SELECT * would be other columns.
  bool value() {
    const SqlToken& before = i_ > 0 ? at(i_ - 1) : none();
    const bool isAll = at(i_).is("*") && (before.is("select") || before.is("distinct") ||
                                          before.is(",") || before.is("."));
    ++i_;
    return !isAll;
  }

  bool keyword() {
    if (at(i_).is("group")) groups_ = true;
    if (at(i_).is("order")) ordering_ = true;
    ++i_;
    return true;
  }

  bool alias(std::size_t at) {
    if (!this->at(at).isName()) return false;
    aliases_.insert(tokens_[at].name);
    i_ = at + 1;
    return true;
  }

  // A column with or without the table's name; how many tokens, 0 when it is none.
  std::size_t columnAt(std::size_t i, std::string_view& column) const {
    if (!at(i).isName()) return 0;
    const bool qualified = at(i + 1).is(".") && at(i).name == table_;
    column = at(qualified ? i + 2 : i).name;
    return qualified ? 3 : 1;
  }

  bool name() {
    std::string_view column;
    const std::size_t length = columnAt(i_, column);
    if (isOneOf(column, kShared)) {
      i_ += length;
      return true;
    }
    if (length != 1) return false;
    if (aliases_.contains(column)) return aliasUse(column);
    const bool inList = i_ < from_ && (at(i_ + 1).is(",") || i_ + 1 == from_);
    const SqlToken& before = at(i_ - 1);
    const bool followsValue = before.is(")") || before.kind == Kind::Number ||
                              before.kind == Kind::Text ||
                              (before.isName() && !isOneOf(before.name, kKeywords));
    return inList && followsValue && alias(i_);
  }

  // An alias that hides a column does so in ORDER BY alone, and only where it stands by itself.
  bool aliasUse(std::string_view name) {
    const SqlToken &before = at(i_ - 1), &next = at(i_ + 1);
    const bool alone = ordering_ && (before.is("by") || before.is(",")) &&
                       (i_ + 1 == tokens_.size() || next.is(",") || next.is("asc") ||
                        next.is("desc") || next.is("nulls") || next.is("limit") || next.is(";"));
    ++i_;
    return alone || !isColumn(name);
  }

  bool call() {
    const std::string& function = tokens_[i_].name;
    return isOneOf(function, kOfKind) ? ofKind() : aggregate(function);
  }

  // isinstance(id, …: any object of the row will do.
  bool ofKind() {
    std::string_view column;
    const std::size_t length = columnAt(i_ + 2, column);
    if (length == 0 || column != "id") return false;
    replace(i_ + 2, i_ + 2 + length, inQuotes(kSampleColumn));
    i_ += 2 + length;
    return true;
  }

  bool aggregate(std::string_view function) {
    const std::size_t first = i_;
    if (function == "count" && at(first + 2).is("*") && at(first + 3).is(")")) {
      return added(first, first + 4, "ifnull(sum(" + inQuotes(kObjectsColumn) + "),0)");
    }
    const bool distinct = at(first + 2).is("distinct");
    const std::size_t argument = first + (distinct ? 3 : 2);
    std::string_view column;
    const std::size_t length = columnAt(argument, column);
    const std::size_t end = argument + length;
    if (length == 0 || !at(end).is(")")) return false;
    if (isOneOf(column, kShared) &&
        (function == "min" || function == "max" || (function == "count" && distinct))) {
      adds_ = true;
      i_ = end + 1;
      return true;
    }
    if (distinct || !isOneOf(column, kMeasures)) return false;
    const std::optional<std::string> sums = sumsFor(function, column);
    return sums && added(first, end + 1, *sums);
  }

  static std::optional<std::string> sumsFor(std::string_view function, std::string_view measure) {
    const std::string objects = "sum(" + inQuotes(kObjectsColumn) + ")";
    const std::string sum = "(" + sumOf(measure, "sum") + ")";
    if (function == "count") return "ifnull(" + objects + ",0)";
    if (function == "sum" || function == "total") return std::string(function) + sum;
    if (function == "avg") return "(CAST(sum" + sum + " AS REAL)/" + objects + ")";
    if (function == "min" || function == "max") {
      return std::string(function) + "(" + sumOf(measure, function) + ")";
    }
    return std::nullopt;
  }

  bool added(std::size_t first, std::size_t end, const std::string& text) {
    const SqlToken& next = at(end);
    if (next.is("filter") || next.is("over")) return false;
    replace(first, end, text);
    adds_ = true;
    i_ = end;
    return true;
  }

  std::string_view sql_;
  std::vector<SqlToken> tokens_;
  std::size_t i_ = 0, from_ = 0, afterFrom_ = 0, copied_ = 0;
  std::string table_, out_;
  std::set<std::string, std::less<>> aliases_;
  bool groups_ = false, adds_ = false, ordering_ = false;
};

}  // namespace

std::string sumColumn(std::string_view measure, std::string_view what) {
  return std::string(what) + " of " + std::string(measure);
}

std::optional<std::string> overSums(std::string_view sql) {
  auto tokens = sqlTokens(sql);
  if (!tokens) return std::nullopt;
  return Rewriting(sql, *std::move(tokens)).run();
}

}  // namespace whyalive::sql
