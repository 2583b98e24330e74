// From 3.12 on, os.fork() warns when the process has several threads, and it counts the agent's.
// For a process that has no other threads than its main one and ours, the warning would be our
// doing: it is filtered for the time of that one fork. A process with threads of its own is warned
// as ever.
//
// Called by hooks of os.register_at_fork, with the GIL held. Changes `warnings.filters` in place,
// by entries that match nothing but this warning of this process, and takes them out again.
#pragma once

namespace whyalive::agent::compat {

// `threads`: how many the process has without the agent's.
void silenceForkWarning(int threads);
// In the parent the warning may come after the hooks: the filters go when the main thread runs on.
void restoreForkWarningSoon();
void restoreForkWarning();

}  // namespace whyalive::agent::compat
