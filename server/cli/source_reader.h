// Python sources from disk, for the index that maps holders to lines.
#pragma once

#include <string>

#include "protocol/base/result.h"
#include "server/sources/source_index.h"

namespace whyalive::cli {

Result<std::string> readSource(const std::string& path);

// The sources of TARGET; those of a process with another root or mounts of its own where they lie.
sources::SourceIndex sourcesOf(const std::string& target);

}  // namespace whyalive::cli
