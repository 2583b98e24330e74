// whyalive/counts: live objects by type, counted in the running process without a copy.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

struct CountsParams {
  std::optional<std::int64_t> pid;  // the attached one
  std::uint32_t limit = 200;        // types, those with most bytes
  static constexpr auto fields() {
    return std::tuple{json::defaulted("pid", &CountsParams::pid),
                      json::defaulted("limit", &CountsParams::limit)};
  }
};
struct CountsRow {
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &CountsRow::type),
                      json::required("count", &CountsRow::count),
                      json::required("bytes", &CountsRow::bytes)};
  }
};
struct CountsResult {
  std::int64_t pid = 0;
  std::int64_t time = 0;  // milliseconds since the epoch
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t rss = 0;
  double stoppedMs = 0;
  double waitedMs = 0;
  std::uint64_t nextMs = 0;
  std::uint64_t typeCount = 0;
  std::vector<CountsRow> types;
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &CountsResult::pid),
                      json::required("time", &CountsResult::time),
                      json::required("objects", &CountsResult::objects),
                      json::required("bytes", &CountsResult::bytes),
                      json::required("rss", &CountsResult::rss),
                      json::required("stoppedMs", &CountsResult::stoppedMs),
                      json::required("waitedMs", &CountsResult::waitedMs),
                      json::required("nextMs", &CountsResult::nextMs),
                      json::required("typeCount", &CountsResult::typeCount),
                      json::required("types", &CountsResult::types)};
  }
};
struct Counts {
  static constexpr std::string_view kMethod = "whyalive/counts";
  using Params = CountsParams;
  using Result = CountsResult;
};

}  // namespace whyalive::api
