#include "server/cli/commands.h"

namespace whyalive::cli {

std::span<const Command> commands() {
  static constexpr Command table[] = {
      {"lsp", "Language server on stdin and stdout", "  whyalive lsp", declareLsp},
      {"ps", "Python processes: pid, command, version, RSS, agent loaded or not",
       "  whyalive ps\n  whyalive ps --json", declarePs},
      {"run", "Start a Python program with the agent inside (its children too)",
       "  whyalive run -- daemon.py --rate 50\n"
       "  whyalive run --python /usr/bin/python3.11 -- -m http.server\n"
       "  whyalive run -- gunicorn app:wsgi",
       declareRun},
      {"attach", "Load the agent into a running process that was started without it",
       "  whyalive attach 4711", declareAttach},
      {"snapshot", "Take a snapshot of a process's heap into a file",
       "  whyalive snapshot 4711 -o before.whyalive", declareSnapshot},
      {"heap", "What the heap is made of: count, size, retained size and growth of each kind",
       "  whyalive heap 4711\n"
       "  whyalive heap after.whyalive --since before.whyalive -n 50\n"
       "  whyalive heap 4711 --by module",
       declareHeap},
  };
  return table;
}

}  // namespace whyalive::cli
