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
  if (!session_) {
    auto opened = sql::SqlSession::open(analysis_, suspects_);
    if (!opened) return std::unexpected(opened.error());
    session_.emplace(*std::move(opened));
  }
  return session_->query(sql, options, control);
}

}  // namespace whyalive::session
