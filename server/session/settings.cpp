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

struct Snapshots {
  bool inProcess = false;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("inProcess", &Snapshots::inProcess)};
  }
};

// A signature alone, or with what a person wants to remember about it.
struct Expected {
  std::string signature;
  std::string reason;
  static constexpr auto fields() {
    return std::tuple{json::required("signature", &Expected::signature),
                      json::defaulted("reason", &Expected::reason)};
  }
};

struct Written {
  Values values;
  Snapshots snapshot;
  std::vector<Mapping> pathMappings;
  Hints hints;
  Lenses codeLens;
  std::vector<Expected> expectedSuspects;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("values", &Written::values),
                      json::defaulted("snapshot", &Written::snapshot),
                      json::defaulted("pathMappings", &Written::pathMappings),
                      json::defaulted("hints", &Written::hints),
                      json::defaulted("codeLens", &Written::codeLens),
                      json::defaulted("expectedSuspects", &Written::expectedSuspects)};
  }
};

// "9f2c…" is short for {"signature": "9f2c…"}.
nlohmann::json spelledOut(nlohmann::json settings) {
  if (!settings.is_object() || !settings.contains("expectedSuspects")) return settings;
  nlohmann::json& list = settings["expectedSuspects"];
  if (!list.is_array()) return settings;
  for (nlohmann::json& one : list) {
    if (one.is_string()) one = nlohmann::json{{"signature", one}};
  }
  return settings;
}

}  // namespace

Result<Settings> readSettings(const nlohmann::json& json) {
  bool wrapped = json.is_object() && json.contains("whyalive");
  auto written = json::parse<Written>(spelledOut(wrapped ? json["whyalive"] : json), "whyalive");
  if (!written) return std::unexpected(written.error());
  Settings settings;
  for (Mapping& one : written->pathMappings) {
    settings.pathRules.push_back({std::move(one.process), std::move(one.local)});
  }
  settings.values = written->values;
  settings.inProcess = written->snapshot.inProcess;
  settings.hints = written->hints.enabled;
  settings.codeLenses = written->codeLens.enabled;
  settings.annotations.minimumCount = written->hints.minimumCount;
  settings.annotations.minimumRetained = written->hints.minimumRetained;
  settings.annotations.minimumClosures = written->hints.minimumClosures;
  for (Expected& one : written->expectedSuspects) {
    settings.expectedSuspects.push_back(std::move(one.signature));
  }
  return settings;
}

}  // namespace whyalive::session
