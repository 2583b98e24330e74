// Settings that go with a program's source: `.whyalive.json` in its folder, in the form that
// editors send (settings.h), so that what one person has marked as expected is so for everybody and
// for the command line. Blocking, any thread.
#pragma once

#include <optional>
#include <string>

#include "protocol/base/result.h"
#include "server/session/settings.h"

namespace whyalive::session {

inline constexpr const char* kSettingsFile = ".whyalive.json";

// Errors name the file and the setting.
Result<Settings> readSettingsFile(const std::string& path);

// In this folder or the nearest above it that has one; nullopt when none has.
Result<std::optional<Settings>> findSettingsFile(const std::string& folder);

}  // namespace whyalive::session
