// What Python in the frozen copy asks of the snapshot: `heap.by_type`, `heap.path` … It knows
// objects by their addresses, which are the same in the copy and in the snapshot. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/result.h"
#include "server/sql/sql_session.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::features {

using HeapAnswer = std::variant<nlohmann::json, std::vector<std::uint64_t>>;
using AskSql = std::function<Result<sql::SqlResult>(const std::string& sql)>;

// {"ask": "by_type", "name": …}: addresses. Everything else: {"answer": …}, or {"error": sentence}.
HeapAnswer answerHeapQuestion(const heap::Analysis& analysis, const AskSql& sql,
                              const nlohmann::json& question);

}  // namespace whyalive::features
