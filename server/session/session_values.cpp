// Values out of the frozen copies that snapshots were taken in.
#include <utility>

#include "server/session/live_copies.h"
#include "server/session/session.h"

namespace whyalive::session {
namespace {

constexpr std::uint32_t kLiveValueMs = 1000;

}  // namespace

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

net::Awaitable<std::optional<api::LiveValue>> Session::liveValue(
    std::string snapshot, std::uint32_t object, std::shared_ptr<net::Cancellation> call) {
  auto self = shared_from_this();
  api::EvaluateParams params;
  params.snapshot = snapshot;
  params.object = object;
  params.limit = 0;
  params.timeoutMs = kLiveValueMs;
  LongCall mine{call, std::nullopt};
  auto result = co_await evaluate(std::move(params), std::move(mine));
  if (!result || !result->value.value) co_return std::nullopt;
  api::CopyValue& said = *result->value.value;
  std::optional<std::string> text;
  if (said.text) text = std::move(said.text->text);
  co_return api::LiveValue{std::move(said.repr.text), std::move(text)};
}

Result<json::Empty> Session::releaseCopy(api::ReleaseCopyParams params) {
  auto found = store_.find(params.snapshot);
  if (!found) return std::unexpected(found.error());
  copies_->release((*found)->id);
  return json::Empty{};
}

}  // namespace whyalive::session
