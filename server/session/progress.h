// WorkProgress: $/progress for one long request, and the RunControl that its work on the pool uses.
//
// Begins and ends on the session's executor; the RunControl's hook may run on any one thread and
// sends at most ten reports a second. Without a token nothing is sent, and cancelling still works.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/run_control.h"
#include "protocol/lsp/basic.h"
#include "server/net/awaitable.h"
#include "server/net/cancellation.h"

namespace whyalive::net {
class Peer;
}

namespace whyalive::session {

class WorkProgress : public std::enable_shared_from_this<WorkProgress> {
 public:
  WorkProgress(net::asio::any_io_executor executor, std::shared_ptr<net::Peer> peer,
               std::optional<lsp::ProgressToken> token, std::string title);
  ~WorkProgress();  // ends it

  // On the executor.
  void report(std::string_view step, double fraction);
  void end();

  // For work elsewhere: reports come home by themselves, and it stops once `call` is cancelled.
  RunControl control(std::shared_ptr<net::Cancellation> call);

 private:
  net::asio::any_io_executor executor_;
  std::shared_ptr<net::Peer> peer_;
  std::optional<lsp::ProgressToken> token_;
};

}  // namespace whyalive::session
