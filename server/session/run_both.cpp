#include "server/session/run_both.h"

#include <system_error>
#include <thread>

namespace whyalive::session {

heap::RunBoth runBoth() {
  if (std::thread::hardware_concurrency() < 2) return {};
  return [](const std::function<void()>& first, const std::function<void()>& second) {
    std::jthread other;
    try {
      other = std::jthread(second);
    } catch (const std::system_error&) {  // no thread to be had: one after the other, then
      second();
    }
    first();
  };
}

}  // namespace whyalive::session
