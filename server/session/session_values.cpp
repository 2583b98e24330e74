// Values out of the frozen copies that snapshots were taken in.
#include <utility>

#include "server/session/live_copies.h"
#include "server/session/session.h"

namespace whyalive::session {

api::SnapshotEntry Session::entryOf(const StoredSnapshot& one) const {
  return {one.id, one.label, one.pid, one.timeMs, one.objects, one.bytes, copies_->stateOf(one.id)};
}

Session::Task<api::EvaluateResult> Session::evaluate(api::EvaluateParams params, LongCall call) {
  auto self = shared_from_this();
  if (store_.all().empty() && !params.snapshot) co_return api::EvaluateResult{};
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  auto socket = copies_->socketOf((*now)->id);
  if (!socket) co_return std::unexpected(socket.error());
  auto ask = [now = *now, socket = *socket, params, cancellation = call.cancellation] {
    return evaluateInCopy(*now, socket, params, *cancellation);
  };
  co_return co_await net::offload(copies_->pool(), std::move(ask));
}

Result<json::Empty> Session::releaseCopy(api::ReleaseCopyParams params) {
  auto found = store_.find(params.snapshot);
  if (!found) return std::unexpected(found.error());
  copies_->release((*found)->id);
  return json::Empty{};
}

}  // namespace whyalive::session
