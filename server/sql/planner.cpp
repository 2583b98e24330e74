#include "server/sql/planner.h"

#include <sqlite3.h>

#include <array>
#include <cmath>
#include <string>

#include "server/sql/virtual_table.h"

namespace whyalive::sql {
namespace {

constexpr std::array<std::pair<ColumnType, std::string_view>, 7> kDeclared{{
    {ColumnType::Any, ""},
    {ColumnType::Object, "OBJECT INT"},
    {ColumnType::Integer, "INT"},
    {ColumnType::Bytes, "BYTES INT"},
    {ColumnType::Address, "ADDRESS INT"},
    {ColumnType::Flag, "FLAG INT"},
    {ColumnType::Text, "TEXT"},
}};

std::optional<Operator> operatorOf(unsigned char op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return Operator::Equal;
    case SQLITE_INDEX_CONSTRAINT_LT: return Operator::Less;
    case SQLITE_INDEX_CONSTRAINT_LE: return Operator::LessOrEqual;
    case SQLITE_INDEX_CONSTRAINT_GT: return Operator::Greater;
    case SQLITE_INDEX_CONSTRAINT_GE: return Operator::GreaterOrEqual;
    case SQLITE_INDEX_CONSTRAINT_ISNULL: return Operator::IsNull;
    case SQLITE_INDEX_CONSTRAINT_LIKE: return Operator::Like;
    case SQLITE_INDEX_CONSTRAINT_GLOB: return Operator::Glob;
    case SQLITE_INDEX_CONSTRAINT_FUNCTION: return Operator::InstanceOf;
    default: return std::nullopt;
  }
}

bool isLower(Operator op) { return op == Operator::Greater || op == Operator::GreaterOrEqual; }
bool isUpper(Operator op) { return op == Operator::Less || op == Operator::LessOrEqual; }

bool takes(Match match, Operator op) {
  switch (match) {
    case Match::Equal: return op == Operator::Equal;
    case Match::Range: return isLower(op) || isUpper(op);
    case Match::IsNull: return op == Operator::IsNull;
    case Match::Pattern: return op == Operator::Like || op == Operator::Glob;
    case Match::InstanceOf: return op == Operator::InstanceOf;
  }
  return false;
}

bool isNumeric(ColumnType type) { return type != ColumnType::Text && type != ColumnType::Any; }

struct Candidate {
  const Access* access = nullptr;
  std::vector<int> constraints;  // indices into aConstraint
  std::vector<Condition> conditions;
  double rows = 0;
};

// Our accesses compare byte by byte; a NOCASE comparison is for SQLite alone.
bool comparesBytes(sqlite3_index_info* info, int constraint) {
  return sqlite3_stricmp(sqlite3_vtab_collation(info, constraint), "BINARY") == 0;
}

Condition conditionOf(sqlite3_index_info* info, int constraint, Operator op, bool numeric) {
  Condition condition{op, op == Operator::IsNull, {}};
  sqlite3_value* value = nullptr;
  if (op != Operator::IsNull && sqlite3_vtab_rhs_value(info, constraint, &value) == SQLITE_OK) {
    if (numeric) sqlite3_value_numeric_type(value);
    condition.known = true;
    condition.value = cellOf(value);
  }
  return condition;
}

Candidate candidateFor(const Table& table, const Access& access, sqlite3_index_info* info) {
  Candidate found{&access, {}, {}, 0};
  const bool numeric =
      isNumeric(table.info().columns[static_cast<std::size_t>(access.column)].type);
  bool hasLower = false, hasUpper = false;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.iColumn != access.column) continue;
    const std::optional<Operator> op = operatorOf(constraint.op);
    if (!op || !takes(access.match, *op)) continue;
    if (!numeric && *op != Operator::InstanceOf && !comparesBytes(info, i)) continue;
    if ((isLower(*op) && hasLower) || (isUpper(*op) && hasUpper)) continue;
    hasLower = hasLower || isLower(*op);
    hasUpper = hasUpper || isUpper(*op);
    found.constraints.push_back(i);
    found.conditions.push_back(conditionOf(info, i, *op, numeric));
    if (access.match != Match::Range) break;
  }
  return found;
}

Order orderOf(const Table& table, const Candidate& chosen, const sqlite3_index_info* info) {
  if (info->nOrderBy != 1) return {};
  const Order order{info->aOrderBy[0].iColumn, info->aOrderBy[0].desc != 0};
  if (order.column < 0 || !table.ordered(chosen.access, chosen.conditions, order)) return {};
  return order;
}

// idxNum: number of the access + 1, column of the order + 1, descending.
int packed(const Table& table, const Candidate& chosen, const Order& order) {
  const auto access =
      chosen.access == nullptr ? 0 : static_cast<int>(chosen.access - table.accesses().data()) + 1;
  return access | (order.column + 1) << 8 | (order.descending ? 1 << 16 : 0);
}

std::string described(const Table& table, const Candidate& chosen) {
  if (chosen.access == nullptr) return "all";
  std::string text(table.info().columns[static_cast<std::size_t>(chosen.access->column)].name);
  for (const Condition& c : chosen.conditions) text += static_cast<char>(c.op);
  return text;
}

bool isGiven(const sqlite3_index_info* info, int column) {
  for (int i = 0; i < info->nConstraint; ++i) {
    if (info->aConstraint[i].iColumn == column &&
        info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ) {
      return true;
    }
  }
  return false;
}

// The access that yields fewest rows; nullopt when a parameter's value is not known yet.
Result<std::optional<Candidate>> chooseAccess(const Table& table, sqlite3_index_info* info) {
  Candidate best;
  best.rows = table.rowCount();
  for (const Access& access : table.accesses()) {
    Candidate candidate = candidateFor(table, access, info);
    if (candidate.constraints.empty()) {
      if (access.parameter && isGiven(info, access.column)) return std::nullopt;
      continue;
    }
    const Result<double> rows = table.estimate(access, candidate.conditions);
    if (!rows) return std::unexpected(rows.error());
    candidate.rows = *rows;
    if (access.parameter) return candidate;
    if (best.access == nullptr || candidate.rows < best.rows) best = std::move(candidate);
  }
  return best;
}

}  // namespace

Result<Planned> plan(const Table& table, sqlite3_index_info* info) {
  Result<std::optional<Candidate>> chosen = chooseAccess(table, info);
  if (!chosen) return std::unexpected(chosen.error());
  if (!*chosen) return Planned::NotThisOrder;
  const Candidate& best = **chosen;
  for (std::size_t i = 0; i < best.constraints.size(); ++i) {
    auto& usage = info->aConstraintUsage[best.constraints[i]];
    usage.argvIndex = static_cast<int>(i) + 1;
    usage.omit = best.access->parameter ? 1 : 0;  // all else is checked again
  }
  const Order order = orderOf(table, best, info);
  info->orderByConsumed = order.column >= 0 ? 1 : 0;
  info->idxNum = packed(table, best, order);
  info->idxStr = sqlite3_mprintf("%s", described(table, best).c_str());
  info->needToFreeIdxStr = 1;
  info->estimatedRows = static_cast<sqlite3_int64>(std::ceil(best.rows));
  info->estimatedCost = best.rows + 2;
  const bool unique =
      best.access != nullptr && best.access->match == Match::Equal && best.rows <= 1;
  info->idxFlags = unique ? SQLITE_INDEX_SCAN_UNIQUE : 0;
  if (info->idxStr == nullptr) return fail(ErrorCode::ResourceExhausted, "out of memory");
  return Planned::Yes;
}

Plan readPlan(const Table& table, int number, std::string_view text) {
  Plan plan;
  plan.order = {(number >> 8 & 0xFF) - 1, number >> 16 != 0};
  const int access = number & 0xFF;
  if (access == 0) return plan;
  plan.access = &table.accesses()[static_cast<std::size_t>(access - 1)];
  const Column& column = table.info().columns[static_cast<std::size_t>(plan.access->column)];
  plan.numeric = isNumeric(column.type) && plan.access->match != Match::InstanceOf;
  for (const char c : text.substr(column.name.size())) {
    plan.operators.push_back(static_cast<Operator>(c));
  }
  return plan;
}

std::string_view declaredType(ColumnType type) {
  for (const auto& [one, name] : kDeclared) {
    if (one == type) return name;
  }
  return "";
}

ColumnType typeDeclaredAs(const char* declared) {
  for (const auto& [type, name] : kDeclared) {
    if (declared != nullptr && name == declared) return type;
  }
  return ColumnType::Any;
}

}  // namespace whyalive::sql
