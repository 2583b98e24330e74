// The process of one evaluation: a copy of the twin, made for it alone. A hang, a crash or an
// endless repr costs this process; the twin stays as it was. System calls only.
#pragma once

#include "agent/twin/supervisor.h"

namespace whyalive::agent {

// Takes copies of both descriptors. Its pid, or -errno. In the copy: runs `body` and exits with its
// result, dying with the twin; `output` becomes 1 and 2, every other descriptor /dev/null.
pid_t startEvaluation(EvaluationSetup setup, int output, int (*body)(const EvaluationSetup&));

// With whatever belongs to it: its threads, its checkpoint.
void killEvaluation(pid_t pid, EvaluationSlot& slot);

}  // namespace whyalive::agent
