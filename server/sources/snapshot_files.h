// The modules and files that a snapshot names, as the source layer wants them: absolute paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/sources/locate.h"

namespace whyalive::sources {

// Process paths; what was relative to the process's working directory is absolute here.
std::vector<ModuleFile> moduleFiles(const heap::Analysis& analysis);

std::string absolutePath(std::string_view file, std::string_view workingDirectory);

}  // namespace whyalive::sources
