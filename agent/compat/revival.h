// Brings the interpreter back to life in a copy of its process, where all threads but one are gone
// and nobody ran what os.fork() runs: Python code works again afterwards, the frames of the threads
// that are no more can still be read, and none of the program's own fork hooks has been called.
#pragma once

#include <string_view>

#include "agent/compat/python.h"

namespace whyalive::agent::compat {

// Once, in the process itself, GIL held: what `revive` needs is looked up here. Without it values
// cannot be had; everything else works.
void prepareRevival();

// Whether a copy made now can be revived: nobody is importing, and our thread's state is the
// newest. GIL held.
bool calmMoment();

// In the copy, by the thread that held the GIL when it was made. Empty, or one sentence why not.
std::string_view revive();

}  // namespace whyalive::agent::compat
