// One evaluation in a process of its own (agent/twin/evaluation_process.h): revives the
// interpreter, shuts the door (agent/twin/guard.h) and runs the Python code of
// agent/evaluate/inside, which reads requests from the stream and writes answers to it. The only
// place of the agent where Python code of ours runs outside `whyalive` itself; never in the
// process, never in the twin.
#pragma once

#include "agent/twin/supervisor.h"

namespace whyalive::agent {

// An exit code: 0 when the client went, or had its one answer.
int runEvaluation(const EvaluationSetup& setup);

}  // namespace whyalive::agent
