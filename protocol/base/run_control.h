// Progress and cancellation for every long call. The callee calls `keepGoing` often (at least every
// 50 ms of work); the caller's hook sees monotonically rising progress and may answer "stop".
// The hook is called on the thread that runs the work.
#pragma once

#include <functional>
#include <string_view>

namespace whyalive {

class RunControl {
 public:
  // step: a short present participle for people ("finding dominators"); fraction: 0…1 within it.
  // Returns false to cancel.
  using Hook = std::function<bool(std::string_view step, double fraction)>;

  RunControl() = default;
  explicit RunControl(Hook hook) : hook_(std::move(hook)) {}

  [[nodiscard]] bool keepGoing(std::string_view step, double fraction) const {
    return !hook_ || hook_(step, fraction);
  }

 private:
  Hook hook_;
};

}  // namespace whyalive
