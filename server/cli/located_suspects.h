// Suspects with their lines, as `suspects` and `annotate` need them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "server/cli/target.h"
#include "server/heap/suspects.h"
#include "server/sources/annotations.h"

namespace whyalive::cli {

class Console;

// Signatures that a settings file marks as expected: this file's, or with "" the one in the current
// folder or above it.
Result<std::vector<std::string>> expectedSignatures(const std::string& settingsFile);

Result<std::vector<sources::LocatedSuspect>> locatedSuspects(
    const Target& target, const std::vector<Target>& bases, std::size_t limit,
    std::vector<std::string> expected, sources::SourceIndex& index, Console& console,
    std::vector<heap::ClearedHolder>* cleared = nullptr);

}  // namespace whyalive::cli
