// Objects held from C: the calls by which Python code hands something to the interpreter to keep.
//
//     atexit.register(connection.close)
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Calls of such functions whose argument can be what the holder's path begins with.
std::vector<Candidate> findRegistrations(const Search& search);

// The holder lies in a module that no file made: where the program puts modules into sys.modules.
std::vector<Candidate> findModuleMakers(const Search& search);

}  // namespace whyalive::sources
