#include "server/session/refresher.h"

namespace whyalive::session {

void Refresher::request() {
  timer_.expires_after(quiet_);  // cancels a wait that is under way
  timer_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) refresh_();
  });
}

}  // namespace whyalive::session
