#include "server/features/heap_questions.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "server/features/sql_report.h"
#include "server/heap/analysis.h"
#include "server/heap/expression.h"
#include "server/heap/references.h"
#include "server/heap/select.h"

namespace whyalive::features {
namespace {

using Json = nlohmann::json;
using heap::Analysis;

constexpr std::uint64_t kMostReferrers = 100'000;

Json answer(Json value) { return {{"answer", std::move(value)}}; }
Json refusal(const Error& error) { return {{"error", error.text()}}; }

std::string textOf(const Json& question, const char* name) {
  const auto found = question.find(name);
  return found != question.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::uint64_t> numberOf(const Json& question, const char* name) {
  const auto found = question.find(name);
  if (found == question.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

Json object(const Analysis& analysis, const Json& question) {
  const auto id = numberOf(question, "id");
  if (!id) return refusal({ErrorCode::InvalidArgument, "an id is a number from 0 on", ""});
  const auto object = heap::objectWithId(analysis, *id);
  return object ? answer(analysis.graph().address(*object)) : refusal(object.error());
}

Result<ObjectIndex> objectOf(const Analysis& analysis, const Json& question) {
  const auto address = numberOf(question, "address");
  const auto found = address ? analysis.graph().objectAt(*address) : std::nullopt;
  if (found) return *found;
  return fail(ErrorCode::NotFound, "that object is not in the snapshot",
              "it was made after it, here in the copy");
}

HeapAnswer byType(const Analysis& analysis, const Json& question) {
  const auto objects = heap::objectsOfType(analysis, textOf(question, "name"));
  if (!objects) return refusal(objects.error());
  std::vector<std::uint64_t> addresses;
  addresses.reserve(objects->size());
  for (const ObjectIndex o : *objects) addresses.push_back(analysis.graph().address(o));
  return addresses;
}

Json count(const Analysis& analysis, const Json& question) {
  const auto objects = heap::objectsOfType(analysis, textOf(question, "name"));
  return objects ? answer(objects->size()) : refusal(objects.error());
}

Json referrers(const Analysis& analysis, ObjectIndex o) {
  Json rows = Json::array();
  for (const heap::Reference& one : heap::referrersOf(analysis, o, 0, kMostReferrers).rows) {
    const ObjectIndex who = one.owner == kNoObject ? one.other : one.owner;
    if (who == kNoObject) continue;
    rows.push_back({{"address", analysis.graph().address(who)}, {"label", one.text}});
  }
  return answer(std::move(rows));
}

Json path(const Analysis& analysis, ObjectIndex o) {
  const auto steps = heap::stepsTo(analysis, o);
  if (steps.empty()) {
    return refusal({ErrorCode::NotFound, "nothing keeps it alive", "it waits for the collector"});
  }
  Json rows = Json::array();
  const std::span<const heap::Step> all(steps);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].object == kNoObject) continue;  // a frame: its local comes next
    rows.push_back({{"address", analysis.graph().address(all[i].object)},
                    {"label", rows.empty() ? heap::expressionOf(all.first(i + 1))
                                           : heap::expressionPart(all[i])}});
  }
  return answer(std::move(rows));
}

// A cell as Python's json reads it.
Json cell(const sql::SqlValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return *i;
  if (const auto* d = std::get_if<double>(&value)) return *d;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<sql::SqlBlob>(&value)) return hexadecimal(blob->bytes);
  return nullptr;
}

Json sqlRows(const AskSql& sql, const Json& question) {
  const auto result = sql(textOf(question, "sql"));
  if (!result) return refusal(result.error());
  Json columns = Json::array();
  for (const sql::SqlColumn& column : result->columns) columns.push_back(column.name);
  Json rows = Json::array();
  for (const auto& row : result->rows) {
    Json cells = Json::array();
    for (const sql::SqlValue& value : row) cells.push_back(cell(value));
    rows.push_back(std::move(cells));
  }
  return answer({{"columns", std::move(columns)},
                 {"rows", std::move(rows)},
                 {"truncated", result->truncated}});
}

}  // namespace

HeapAnswer answerHeapQuestion(const Analysis& analysis, const AskSql& sql, const Json& question) {
  const std::string what = textOf(question, "ask");
  if (what == "by_type") return byType(analysis, question);
  if (what == "count") return count(analysis, question);
  if (what == "sql") return sqlRows(sql, question);
  if (what == "object") return object(analysis, question);
  const auto about = objectOf(analysis, question);
  if (!about) return refusal(about.error());
  if (what == "id") return answer(raw(*about));
  if (what == "referrers") return referrers(analysis, *about);
  if (what == "path") return path(analysis, *about);
  return refusal({ErrorCode::InvalidArgument, "the snapshot knows no question " + what, ""});
}

}  // namespace whyalive::features
