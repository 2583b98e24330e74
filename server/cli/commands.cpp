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
       "  whyalive attach 4711\n  whyalive attach 4711 --family", declareAttach},
      {"watch", "Which types grow, live: counted in the running process, without a copy",
       "  whyalive watch 4711\n"
       "  whyalive watch 4711 --interval 5 --duration 60 --json",
       declareWatch},
      {"snapshot", "Take a snapshot of a process's heap into a file",
       "  whyalive snapshot 4711 -o before.whyalive", declareSnapshot},
      {"heap", "What the heap is made of: count, size, retained size and growth of each kind",
       "  whyalive heap 4711\n"
       "  whyalive heap after.whyalive --since before.whyalive -n 50\n"
       "  whyalive heap 4711 --by module",
       declareHeap},
      {"suspects", "Who keeps more than it should, and the lines of code that fill it",
       "  whyalive suspects 4711\n"
       "  whyalive suspects after.whyalive --since before.whyalive",
       declareSuspects},
      {"why", "Why are these objects alive? The ways by which they are kept",
       "  whyalive why 4711 --type xmpp.protocol.Iq\n"
       "  whyalive why after.whyalive --id 81734\n"
       "  whyalive why 4711 --address 0x7f3a5c0d2e10\n"
       "  whyalive why 4711 --where \"type = 'bytes' AND size > 1000000\"",
       declareWhy},
      {"diff", "What changed over two or more snapshots, by kind and by holder",
       "  whyalive diff before.whyalive after.whyalive\n"
       "  whyalive diff monday.whyalive tuesday.whyalive 4711\n"
       "  whyalive diff 4711 --during 30\n"
       "  whyalive diff 4711 --run \"curl -s localhost:8000/orders\" --repeat 3",
       declareDiff},
      {"cycles", "Reference cycles: garbage that waits for the collector, and live ones",
       "  whyalive cycles 4711 --garbage\n"
       "  whyalive cycles after.whyalive -n 50 --json",
       declareCycles},
      {"annotate", "A source file with the hints that an editor would show beside its lines",
       "  whyalive annotate 4711 xmpp/dispatcher.py --since before.whyalive", declareAnnotate},
      {"graph", "Draw what keeps objects alive, or what they keep",
       "  whyalive graph 4711 --type Iq -o iq.svg\n"
       "  whyalive graph 4711 --type xmpp.protocol.Iq --merged --chain -o why.png\n"
       "  whyalive graph a.whyalive --id 8812 --refs --depth 3 -o held.pdf",
       declareGraph},
      {"sql", "Ask the heap in SQL (docs/sql.md)",
       "  whyalive sql 4711 \"SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY 2 DESC\"\n"
       "  whyalive sql a.whyalive --csv \"SELECT id, text FROM strings WHERE text LIKE 'http%'\"\n"
       "  whyalive sql --tables",
       declareSql},
      {"memory", "Where a process's resident memory is: objects, free room, libraries, stacks",
       "  whyalive memory 4711\n  whyalive memory 4711 --json", declareMemory},
      {"console", "Python inside a frozen copy of a process (docs/console.md)",
       "  whyalive console 4711\n"
       "  whyalive console before.whyalive --object 81734\n"
       "  echo 'len(heap.by_type(\"Iq\"))' | whyalive console 4711",
       declareConsole},
  };
  return table;
}

}  // namespace whyalive::cli
