#include "server/sql/query_run.h"

#include <sqlite3.h>

#include <algorithm>

namespace whyalive::sql {

using std::chrono::duration;
using std::chrono::steady_clock;

namespace {
Bytes memoryUsed() { return static_cast<Bytes>(std::max<sqlite3_int64>(0, sqlite3_memory_used())); }
}  // namespace

void QueryRun::start(const RunControl& control, std::chrono::milliseconds timeout, Bytes memory) {
  *this = QueryRun();
  control_ = &control;
  started_ = steady_clock::now();
  timeout_ = timeout;
  memory_ = memory;
  memoryBefore_ = memoryUsed();
}

bool QueryRun::keepGoing(std::string_view step) {
  if (stopped_) return false;
  const auto elapsed = steady_clock::now() - started_;
  if (timeout_.count() > 0 && elapsed > timeout_) {
    stop({ErrorCode::ResourceExhausted,
          "the query took longer than " + std::to_string(timeout_.count()) + " ms",
          "narrow it with WHERE on id, type, kind, source or target, or allow more time"});
    return false;
  }
  const Bytes used = memoryUsed();
  if (memory_ > 0 && used > memoryBefore_ && used - memoryBefore_ > memory_) {
    stop({ErrorCode::ResourceExhausted,
          "the query needs more than " + std::to_string(memory_ >> 20) + " MiB for sorting",
          "narrow it with WHERE, or group by fewer or shorter columns"});
    return false;
  }
  const double fraction =
      timeout_.count() > 0 ? std::min(1.0, duration<double>(elapsed) / timeout_) : 0.0;
  if (control_ != nullptr && !control_->keepGoing(step, fraction)) {
    stop({ErrorCode::Cancelled, "the query was cancelled", ""});
    return false;
  }
  return true;
}

void QueryRun::stop(Error error) {
  if (!stopped_) stopped_ = std::move(error);
}

Error QueryRun::stopError() const {
  return stopped_ ? *stopped_ : Error{ErrorCode::Cancelled, "the query was cancelled", ""};
}

RunControl QueryRun::control() {
  return RunControl([this](std::string_view step, double) { return keepGoing(step); });
}

void QueryRun::note(std::string text) {
  if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

}  // namespace whyalive::sql
