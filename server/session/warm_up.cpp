#include "server/session/warm_up.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace whyalive::session {
namespace {

// Whether it has to be made again later.
bool makeNow(const WarmUp::Step& step, const std::atomic<bool>& halt) {
  const RunControl control(
      [&](std::string_view, double) { return !halt.load(std::memory_order_relaxed); });
  try {
    const Result<void> made = step.make(control);
    return !made && made.error().code == ErrorCode::Cancelled;
  } catch (...) {  // out of memory, say: nobody asked for it, so nobody need know
    return false;
  }
}

}  // namespace

WarmUp::Pause WarmUp::pause(std::string askedFor) {
  const auto asked = asked_.insert(std::move(askedFor));
  consider();
  return {this, [self = shared_from_this(), asked](const void*) {
            self->asked_.erase(asked);
            self->consider();
          }};
}

void WarmUp::begin(Subject subject, std::deque<Step> steps) {
  if (!background_ || stopped_) return;
  subject_ = std::move(subject);
  next_.reset();
  steps_ = std::move(steps);
  consider();
}

void WarmUp::makeNext(Step step) {
  if (!subject_ || stopped_) return;
  next_ = std::move(step);
  consider();
}

void WarmUp::forget() {
  subject_.reset();
  next_.reset();
  steps_.clear();
  consider();
}

void WarmUp::forget(const std::string& snapshot) {
  if (subject_ && (subject_->snapshot == snapshot || subject_->since == snapshot)) forget();
}

void WarmUp::stop() {
  stopped_ = true;
  forget();
}

bool WarmUp::isPlanned(const std::string& name) const {
  return (next_ && next_->name == name) ||
         std::ranges::find(steps_, name, &Step::name) != steps_.end();
}

void WarmUp::consider() {
  if (running_) {
    const bool goesOn =
        isPlanned(running_->name) && (asked_.empty() || asked_.contains(running_->name));
    running_->halt->store(!goesOn, std::memory_order_relaxed);
  } else if (asked_.empty() && (next_ || !steps_.empty())) {
    start(next_ ? *next_ : steps_.front());
  }
}

void WarmUp::start(Step step) {
  running_ = Running{step.name, std::make_shared<std::atomic<bool>>(false)};
  net::asio::post(background_, [self = shared_from_this(), step = std::move(step),
                                halt = running_->halt]() mutable {
    const bool again = makeNow(step, *halt);
    step = {};  // it may have been the last to hold a snapshot
    auto home = self->home_;
    net::asio::post(home, [self = std::move(self), again] { self->ended(again); });
  });
}

void WarmUp::ended(bool again) {
  const std::string name = std::exchange(running_, std::nullopt)->name;
  if (!again) {
    if (next_ && next_->name == name) next_.reset();
    std::erase_if(steps_, [&](const Step& one) { return one.name == name; });
  }
  consider();
}

}  // namespace whyalive::session
