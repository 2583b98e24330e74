// What a user can set, from initializationOptions and workspace/didChangeConfiguration:
//   {"pathMappings":[{"process":"/app","local":"/home/ada/app"}],
//    "hints":{"enabled":true,"minimumCount":2,"minimumRetained":16384},
//    "codeLens":{"enabled":true},
//    "expectedSuspects":["<signature>"]}
// All optional. Editors often wrap them under "whyalive": both are read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "server/sources/annotations.h"
#include "server/sources/source_index.h"

namespace whyalive::session {

struct Settings {
  std::vector<sources::PathRule> pathRules;
  bool hints = true;
  bool codeLenses = true;
  sources::AnnotationOptions annotations;
  std::vector<std::string> expectedSuspects;
};

// Null gives the defaults. An error names the path of the setting that is wrong.
Result<Settings> readSettings(const nlohmann::json& json);

}  // namespace whyalive::session
