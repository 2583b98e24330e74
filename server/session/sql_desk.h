// SqlDesk: where the SQL questions to one snapshot are answered, one after the other, by a session
// that keeps its indexes. Any thread; a caller that waits for its turn can still be cancelled.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/suspect.h"
#include "server/sql/sql_session.h"

namespace whyalive::session {

class SqlDesk {
 public:
  SqlDesk(std::shared_ptr<const heap::Analysis> analysis, std::vector<heap::Suspect> suspects)
      : analysis_(std::move(analysis)), suspects_(std::move(suspects)) {}

  Result<sql::SqlResult> query(std::string_view sql, const sql::SqlOptions& options,
                               const RunControl& control);
  // The objects for which a condition on the columns of `objects` holds, ids rising. Does not wait
  // for another question: meanwhile it is answered without the kept indexes.
  Result<std::vector<ObjectIndex>> objectsWhere(std::string_view condition,
                                                const RunControl& control);

 private:
  Result<sql::SqlSession*> session();

  std::timed_mutex turn_;
  std::shared_ptr<const heap::Analysis> analysis_;
  std::vector<heap::Suspect> suspects_;
  std::optional<sql::SqlSession> session_;  // opened by the first question
};

}  // namespace whyalive::session
