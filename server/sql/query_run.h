// QueryRun: what happens around one query: when to stop and why, how many rows were visited, what
// to tell the person besides the rows. Reset for each query; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::sql {

class QueryRun {
 public:
  void start(const RunControl& control, std::chrono::milliseconds timeout, Bytes memory);

  // False when the query is to stop; `stopped` then says why. Cheap enough for every 1,000 rows.
  bool keepGoing(std::string_view step = "running the query");
  const std::optional<Error>& stopped() const { return stopped_; }
  // Ends the query with this error, which reaches the caller unchanged.
  void stop(Error error);
  Error stopError() const;

  // For the work of building an index: stops with the query.
  RunControl control();

  void visit() { ++visited_; }
  std::uint64_t visited() const { return visited_; }

  void note(std::string text);  // once
  std::vector<std::string> takeNotes() { return std::move(notes_); }

 private:
  const RunControl* control_ = nullptr;
  std::chrono::steady_clock::time_point started_;
  std::chrono::milliseconds timeout_{0};
  Bytes memory_ = 0;
  Bytes memoryBefore_ = 0;
  std::optional<Error> stopped_;
  std::uint64_t visited_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace whyalive::sql
