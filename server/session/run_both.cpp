#include "server/session/run_both.h"

#include <exception>
#include <system_error>
#include <thread>

namespace whyalive::session {

heap::RunBoth runBoth() {
  if (std::thread::hardware_concurrency() < 2) return {};
  return [](const std::function<void()>& first, const std::function<void()>& second) {
    std::exception_ptr thrown;  // out of memory, say; it would end the program in that thread
    std::jthread other;
    try {
      other = std::jthread([&] {
        try {
          second();
        } catch (...) {
          thrown = std::current_exception();
        }
      });
    } catch (const std::system_error&) {  // no thread to be had: one after the other, then
      second();
    }
    first();
    if (other.joinable()) other.join();
    if (thrown) std::rethrow_exception(thrown);
  };
}

}  // namespace whyalive::session
