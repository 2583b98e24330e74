// A short-lived process that takes all of its input at once and gives output back, with limits.
// Knows nothing of pictures. Blocks; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::pictures {

struct HelperLimits {
  std::chrono::milliseconds timeout{15'000};
  Bytes outputBytes = Bytes{64} << 20;
};

// Its output when it ends with exit code 0; else an error with the beginning of what it said. It is
// killed when a limit is reached or the control says stop, and is gone when this returns.
Result<std::string> runHelper(const std::vector<std::string>& command, std::string_view input,
                              const HelperLimits& limits, const RunControl& control);

}  // namespace whyalive::pictures
