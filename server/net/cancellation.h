// Cancellation: somebody no longer wants an answer. `requested` may be read on any thread; the rest
// belongs to the executor of whoever made it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace whyalive::net {

class Cancellation {
 public:
  bool requested() const { return requested_.load(std::memory_order_relaxed); }

  void request() {
    if (requested_.exchange(true)) return;
    if (auto hook = std::exchange(hook_, nullptr)) hook();
  }

  // Replaces the hook; runs it at once when the request came before.
  void onRequest(std::function<void()> hook) {
    if (requested() && hook) {
      hook();
    } else {
      hook_ = std::move(hook);
    }
  }

 private:
  std::atomic<bool> requested_ = false;
  std::function<void()> hook_;
};

}  // namespace whyalive::net
