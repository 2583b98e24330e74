// Ends processes that an evaluation started and left behind where no filter forbids that: they come
// to the twin as to their nearest reaper. System calls only; in the twin only.
#pragma once

namespace whyalive::agent {

// From now on orphans below this process become its children.
void adoptStrays();

// Ends every child that came as an orphan, and what these leave behind. Evaluations and their
// checkpoints are told apart by the signal that they would send at their end: none.
void endStrays();

}  // namespace whyalive::agent
