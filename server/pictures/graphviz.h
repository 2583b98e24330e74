// Graphviz itself, in this process. Only the helper calls it; see renderer.h for why.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "server/pictures/format.h"

namespace whyalive::pictures {

// One thread at a time, in a process that may hang or die.
Result<std::string> renderHere(const std::string& dot, PictureFormat format);

// The helper: DOT on stdin, the picture on stdout, what went wrong on stderr. Limits its own time,
// memory and files first, and dies with its parent. The exit code of the process.
int helperMain(std::string_view format);

// The word that makes the program a helper: `whyalive render-picture svg`. Not for people.
inline constexpr std::string_view kHelperWord = "render-picture";

}  // namespace whyalive::pictures
