// What a user can set, from initializationOptions and workspace/didChangeConfiguration:
//   {"pathMappings":[{"process":"/app","local":"/home/ada/app"}],
//    "hints":{"enabled":true,"minimumCount":2,"minimumRetained":16384,"minimumClosures":100},
//    "codeLens":{"enabled":true},
//    "values":{"enabled":true,"copies":1,"idleMinutes":10,"memoryMiB":1024},
//    "snapshot":{"inProcess":false},
//    "expectedSuspects":["<signature>",{"signature":"<signature>","reason":"a cache, on purpose"}]}
// All optional. Editors often wrap them under "whyalive": both are read.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "server/sources/annotations.h"
#include "server/sources/source_index.h"

namespace whyalive::session {

// Frozen copies that stay after a snapshot to answer for values.
struct ValueSettings {
  bool enabled = true;
  std::uint32_t copies = 1;  // of the newest snapshots
  std::uint32_t idleMinutes = 10;
  std::uint32_t memoryMiB = 1024;
};

struct Settings {
  ValueSettings values;
  bool inProcess = false;  // snapshots walk the process itself unless one is asked for otherwise
  std::vector<sources::PathRule> pathRules;
  bool hints = true;
  bool codeLenses = true;
  sources::AnnotationOptions annotations;
  std::vector<std::string> expectedSuspects;
};

// Null gives the defaults. An error names the path of the setting that is wrong.
Result<Settings> readSettings(const nlohmann::json& json);

}  // namespace whyalive::session
