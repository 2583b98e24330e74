// whyalive/classes: which types have a class in source, and where.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/whyalive/suspects.h"

namespace whyalive::api {

struct ClassesParams {
  std::optional<std::string> snapshot;  // the current one
  std::vector<std::string> types;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &ClassesParams::snapshot),
                      json::required("types", &ClassesParams::types)};
  }
};
struct ClassPlace {
  std::string type;
  SourceLocation location;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &ClassPlace::type),
                      json::required("location", &ClassPlace::location)};
  }
};
struct ClassesResult {
  std::string snapshot;
  std::vector<ClassPlace> classes;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &ClassesResult::snapshot),
                      json::required("classes", &ClassesResult::classes)};
  }
};
struct Classes {
  static constexpr std::string_view kMethod = "whyalive/classes";
  using Params = ClassesParams;
  using Result = ClassesResult;
};

}  // namespace whyalive::api
