// question(): the coroutine that nearly all questions about a snapshot have in common: find the
// snapshot (none yet: an empty answer), work on the pool with progress and cancelling, come home.
//
// A template that belongs to Session; include it only in files of Session's members.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "protocol/whyalive/objects.h"
#include "server/session/session.h"
#include "server/session/warm_up.h"

namespace whyalive::session {

// Pages have an end: a row costs memory here and in the editor.
inline Result<void> checkLimit(std::uint32_t limit) {
  constexpr std::uint32_t kMost = 10'000;
  if (limit <= kMost) return {};
  return fail(ErrorCode::InvalidArgument, "params.limit: must be at most " + std::to_string(kMost));
}

// `answer(now, before, params, control)` runs on the pool; `before` is the snapshot that
// `params.newSince` names, null for params without. `table`: what of the snapshot is being looked
// at, for questions that people who browse it ask; "" for others.
template <class M, class Answer>
Session::Task<typename M::Result> Session::question(typename M::Params params, LongCall call,
                                                    std::string title, Answer answer,
                                                    std::string table) {
  auto self = shared_from_this();
  if constexpr (requires { params.limit; }) {
    if (auto fine = checkLimit(params.limit); !fine) co_return std::unexpected(fine.error());
  }
  if (store_.all().empty() && !params.snapshot) co_return typename M::Result{};
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  SnapshotPtr before;
  if constexpr (requires { params.newSince; }) {
    if (params.newSince) {
      auto found = store_.find(params.newSince);
      if (!found) co_return std::unexpected(found.error());
      before = *found;
    }
  }
  const auto pause = table.empty() ? warmUp_->pause() : lookAt(*now, std::move(table));
  auto progress = report(call, std::move(title));
  RunControl control = progress->control(call.cancellation);
  auto work = [now = *now, before, params = std::move(params), control, answer] {
    return answer(*now, before.get(), params, control);
  };
  auto answered = co_await net::offload(surroundings_.pool, std::move(work));
  progress->end();
  co_return answered;
}

}  // namespace whyalive::session
