// LiveCopies: the frozen copies that answer for the values of a session's snapshots. Keeps each
// alive by a connection, notices when one ends, and remembers why, so that a later question can be
// told.
//
// Belongs to the session's executor. Evaluations run on threads of its own: one that hangs until
// its limit must not keep analyses waiting.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/whyalive/evaluate.h"
#include "protocol/whyalive/snapshots.h"
#include "server/net/awaitable.h"
#include "server/net/cancellation.h"
#include "server/session/snapshot_store.h"

namespace whyalive::net {
class TwinConnection;
}

namespace whyalive::session {

// A copy with the connection that keeps it; none where there is no connection.
struct JoinedCopy {
  std::string socket;
  std::shared_ptr<net::TwinConnection> connection;
};

class LiveCopies : public std::enable_shared_from_this<LiveCopies> {
 public:
  // `changed`: a copy has grown or ended by itself.
  LiveCopies(net::asio::any_io_executor executor, std::function<void()> changed);
  ~LiveCopies();

  // Joins the copy at once, before the snapshot is analysed; a copy without a client ends.
  static JoinedCopy join(const std::string& socket);
  // Of the newest snapshots only `most` copies stay.
  void add(const std::string& snapshot, const JoinedCopy& joined, std::size_t most);
  void release(const std::string& snapshot);

  net::asio::any_io_executor pool() { return pool_.get_executor(); }

  // Its socket, or why it has none.
  Result<std::string> socketOf(const std::string& snapshot) const;
  std::optional<api::SnapshotCopy> stateOf(const std::string& snapshot) const;

 private:
  struct Copy;
  net::Awaitable<void> watch(std::string snapshot, std::shared_ptr<Copy> copy);
  void measure(Copy& copy);
  bool forget(const std::string& snapshot, const Error& why);
  void ended(const std::string& snapshot, const Error& why);

  net::asio::any_io_executor executor_;
  net::asio::thread_pool pool_;
  std::function<void()> changed_;
  std::map<std::string, std::shared_ptr<Copy>> copies_;
  std::vector<std::string> order_;      // of copies_, oldest first
  std::map<std::string, Error> ended_;  // by snapshot
};

// One evaluation in the copy. Blocks for as long as it may take.
Result<api::EvaluateResult> evaluateInCopy(const StoredSnapshot& snapshot,
                                           const std::string& socket,
                                           const api::EvaluateParams& params,
                                           const net::Cancellation& call);

}  // namespace whyalive::session
