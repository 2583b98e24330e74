#include "server/session/sql_desk.h"

#include <chrono>

namespace whyalive::session {
namespace {
constexpr std::chrono::milliseconds kTick{20};
}

Result<sql::SqlResult> SqlDesk::query(std::string_view sql, const sql::SqlOptions& options,
                                      const RunControl& control) {
  std::unique_lock turn(turn_, std::defer_lock);
  while (!turn.try_lock_for(kTick)) {
    if (!control.keepGoing("waiting for another query", 0)) {
      return fail(ErrorCode::Cancelled, "the query was cancelled");
    }
  }
  const auto kept = session();
  if (!kept) return std::unexpected(kept.error());
  return (*kept)->query(sql, options, control);
}

Result<std::vector<ObjectIndex>> SqlDesk::objectsWhere(std::string_view condition,
                                                       const RunControl& control) {
  const std::unique_lock turn(turn_, std::try_to_lock);
  if (turn.owns_lock()) {
    const auto kept = session();
    if (!kept) return std::unexpected(kept.error());
    return (*kept)->objectsWhere(condition, {}, control);
  }
  auto other = sql::SqlSession::open(analysis_, suspects_);
  if (!other) return std::unexpected(other.error());
  return other->objectsWhere(condition, {}, control);
}

// Whoever asks has the turn.
Result<sql::SqlSession*> SqlDesk::session() {
  if (!session_) {
    auto opened = sql::SqlSession::open(analysis_, suspects_);
    if (!opened) return std::unexpected(opened.error());
    session_.emplace(*std::move(opened));
  }
  return &*session_;
}

}  // namespace whyalive::session
