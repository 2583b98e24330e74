// A console in the process itself: the deliberate exception, only after an explicit yes.
#pragma once

#include <sys/types.h>

#include <string>

#include "protocol/base/result.h"

namespace whyalive::cli {

class Console;

struct LiveConsoleOptions {
  double timeout = 5;      // seconds for one input
  bool confirmed = false;  // by a flag
  bool json = false;
  std::string historyFile;
};

// Asks for the yes at the terminal where no flag gave it.
Result<int> converseLive(Console& terminal, pid_t pid, const LiveConsoleOptions& options);
Result<int> runLive(Console& terminal, pid_t pid, const std::string& source,
                    const LiveConsoleOptions& options);

}  // namespace whyalive::cli
