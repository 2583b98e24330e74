// WarmUp: while nobody waits for an answer, makes what is likely to be asked for next. What that is
// it does not know: it is given steps, and makes one after the other on a thread of their own.
//
// Whoever works for a person takes a pause, which stops the step that is running (it looks at its
// RunControl as any other work), unless that is the very thing which is asked for: then it goes on,
// and the question waits for it. A step that was stopped begins anew once nobody waits any more;
// one that cannot be made is left to whoever asks for it.
//
// Everything on the home executor but the steps themselves. Steps hold what they need.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/net/awaitable.h"

namespace whyalive::session {

class WarmUp : public std::enable_shared_from_this<WarmUp> {
 public:
  struct Step {
    std::string name;  // as pauses name what they ask for
    std::function<Result<void>(const RunControl&)> make;
  };
  // What the steps are about; `since` as far as it matters.
  struct Subject {
    std::string snapshot, since;
    bool operator==(const Subject&) const = default;
  };
  // Lasts until the last copy goes.
  using Pause = std::shared_ptr<const void>;

  // Without an executor for the background nothing is ever made.
  WarmUp(net::asio::any_io_executor home, net::asio::any_io_executor background)
      : home_(std::move(home)), background_(std::move(background)) {}

  [[nodiscard]] Pause pause(std::string askedFor = "");

  // These steps take the place of those before. They begin with the end of all pauses, one of which
  // the caller has.
  void begin(Subject subject, std::deque<Step> steps);
  void makeNext(Step step);  // before the others, in place of the one that was next so far
  const std::optional<Subject>& subject() const { return subject_; }

  void forget();                             // the subject and all steps
  void forget(const std::string& snapshot);  // if they are about it
  void stop();                               // for ever

 private:
  struct Running {
    std::string name;
    std::shared_ptr<std::atomic<bool>> halt;
  };

  bool isPlanned(const std::string& name) const;
  void consider();
  void start(Step step);
  void ended(bool again);

  net::asio::any_io_executor home_, background_;
  std::optional<Subject> subject_;
  std::optional<Step> next_;  // still to be made, the running one too
  std::deque<Step> steps_;
  std::optional<Running> running_;
  std::multiset<std::string> asked_;  // by everybody who waits now
  bool stopped_ = false;
};

}  // namespace whyalive::session
