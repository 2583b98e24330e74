#include "server/session/refresher.h"

#include <chrono>

namespace whyalive::session {
namespace {

constexpr auto kQuiet = std::chrono::milliseconds(50);

}  // namespace

void Refresher::request() {
  timer_.expires_after(kQuiet);  // cancels a wait that is under way
  timer_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) refresh_();
  });
}

}  // namespace whyalive::session
