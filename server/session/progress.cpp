#include "server/session/progress.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cmath>
#include <utility>

#include "protocol/lsp/window.h"
#include "server/net/typed.h"

namespace whyalive::session {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenReports = std::chrono::milliseconds(100);

void send(net::Peer& peer, const lsp::ProgressToken& token, lsp::WorkDoneProgress value) {
  net::tell<lsp::Progress>(peer, {token, std::move(value)});
}

}  // namespace

WorkProgress::WorkProgress(net::asio::any_io_executor executor, std::shared_ptr<net::Peer> peer,
                           std::optional<lsp::ProgressToken> token, std::string title)
    : executor_(std::move(executor)), peer_(std::move(peer)), token_(std::move(token)) {
  if (token_) send(*peer_, *token_, {"begin", std::move(title), std::nullopt, 0u, true});
}

WorkProgress::~WorkProgress() { end(); }

void WorkProgress::report(std::string_view step, double fraction) {
  if (!token_) return;
  double whole = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  auto percentage = static_cast<std::uint32_t>(whole * 100);
  send(*peer_, *token_, {"report", std::nullopt, std::string(step), percentage, true});
}

void WorkProgress::end() {
  if (!token_) return;
  send(*peer_, *std::exchange(token_, std::nullopt),
       {"end", std::nullopt, std::nullopt, std::nullopt, std::nullopt});
}

RunControl WorkProgress::control(std::shared_ptr<net::Cancellation> call) {
  std::weak_ptr<WorkProgress> weak = weak_from_this();
  auto executor = executor_;
  auto last = std::make_shared<Clock::time_point>();
  auto lastStep = std::make_shared<std::string>();
  return RunControl([=](std::string_view step, double fraction) {
    if (call && call->requested()) return false;
    auto now = Clock::now();
    if (now - *last < kBetweenReports && *lastStep == step) return true;
    *last = now;
    *lastStep = step;
    net::asio::post(executor, [weak, name = std::string(step), fraction] {
      if (auto self = weak.lock()) self->report(name, fraction);
    });
    return true;
  });
}

}  // namespace whyalive::session
