// Where a function keeps things: variables captured by closures, locals of running and suspended
// frames, memoised results, default arguments.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Candidates for a holder whose owner is Closure, Local, Memo or Default.
std::vector<Candidate> findFunctionPlaces(const heap::Holder& holder, const Search& search);

// The suspension of `function` that a frame stands at, where the process's code said `line` and the
// function began at `firstLine`; null when the text no longer has one near there.
const Suspension* suspensionAt(const FoundFunction& function, std::uint32_t firstLine,
                               std::uint32_t line);

// The inner functions and lambdas that `store` puts in: whose closures keep what they capture.
std::vector<Candidate> capturesOf(const Candidate& store);

// "def name", "async def name" or "lambda" of a function: what a capture location points at.
ByteRange headOf(const FunctionFact& function);

// Whether the function reads a variable of a function around it.
bool capturesSomething(const FileIndex& index, const FunctionFact& function);

}  // namespace whyalive::sources
