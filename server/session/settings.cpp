#include "server/session/settings.h"

#include <utility>

#include "protocol/json/convert.h"

namespace whyalive::session {
namespace {

struct Mapping {
  std::string process;
  std::string local;
  static constexpr auto fields() {
    return std::tuple{json::required("process", &Mapping::process),
                      json::required("local", &Mapping::local)};
  }
};

struct Hints {
  bool enabled = true;
  std::uint64_t minimumCount = sources::AnnotationOptions().minimumCount;
  std::uint64_t minimumRetained = sources::AnnotationOptions().minimumRetained;
  std::uint64_t minimumClosures = sources::AnnotationOptions().minimumClosures;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("enabled", &Hints::enabled),
                      json::defaulted("minimumCount", &Hints::minimumCount),
                      json::defaulted("minimumRetained", &Hints::minimumRetained),
                      json::defaulted("minimumClosures", &Hints::minimumClosures)};
  }
};

struct Lenses {
  bool enabled = true;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("enabled", &Lenses::enabled)};
  }
};

struct Values : ValueSettings {
  static constexpr auto fields() {
    return std::tuple{json::defaulted("enabled", &Values::enabled),
                      json::defaulted("copies", &Values::copies),
                      json::defaulted("idleMinutes", &Values::idleMinutes),
                      json::defaulted("memoryMiB", &Values::memoryMiB)};
  }
};

struct Written {
  Values values;
  std::vector<Mapping> pathMappings;
  Hints hints;
  Lenses codeLens;
  std::vector<std::string> expectedSuspects;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("values", &Written::values),
                      json::defaulted("pathMappings", &Written::pathMappings),
                      json::defaulted("hints", &Written::hints),
                      json::defaulted("codeLens", &Written::codeLens),
                      json::defaulted("expectedSuspects", &Written::expectedSuspects)};
  }
};

}  // namespace

Result<Settings> readSettings(const nlohmann::json& json) {
  bool wrapped = json.is_object() && json.contains("whyalive");
  auto written = json::parse<Written>(wrapped ? json["whyalive"] : json, "whyalive");
  if (!written) return std::unexpected(written.error());
  Settings settings;
  for (Mapping& one : written->pathMappings) {
    settings.pathRules.push_back({std::move(one.process), std::move(one.local)});
  }
  settings.values = written->values;
  settings.hints = written->hints.enabled;
  settings.codeLenses = written->codeLens.enabled;
  settings.annotations.minimumCount = written->hints.minimumCount;
  settings.annotations.minimumRetained = written->hints.minimumRetained;
  settings.annotations.minimumClosures = written->hints.minimumClosures;
  settings.expectedSuspects = std::move(written->expectedSuspects);
  return settings;
}

}  // namespace whyalive::session
