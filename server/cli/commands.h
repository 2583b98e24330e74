// The subcommands' declare functions, each defined in the file of its name.
#pragma once

#include "server/cli/command.h"

namespace whyalive::cli {

Action declareLsp(CLI::App& options);
Action declarePs(CLI::App& options);
Action declareWatch(CLI::App& options);
Action declareRun(CLI::App& options);
Action declareAttach(CLI::App& options);
Action declareSnapshot(CLI::App& options);
Action declareHeap(CLI::App& options);
Action declareSuspects(CLI::App& options);
Action declareWhy(CLI::App& options);
Action declareDiff(CLI::App& options);
Action declareCycles(CLI::App& options);
Action declareAnnotate(CLI::App& options);
Action declareGraph(CLI::App& options);
Action declareSql(CLI::App& options);
Action declareMemory(CLI::App& options);
Action declareConsole(CLI::App& options);

}  // namespace whyalive::cli
