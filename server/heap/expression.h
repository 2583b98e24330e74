// How a path through the heap is written down: steps with the plumbing (instance dicts, cells, the
// tuple of a closure) left out, and a Python expression that a person can paste where that is
// possible:
//   __main__.client.Dispatcher._expected[12][0].<closure request>
// Parts in angle brackets have no expression in Python.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

enum class Masking {
  None,
  Positions,  // keys and indices become "…", so that equal ways compare equal
};

// Steps along this path: path[0] a root, each next one referred to by the one before.
std::vector<Step> stepsAlong(const Analysis& analysis, std::span<const ObjectIndex> path,
                             Masking masking = Masking::None);
std::string expressionOf(std::span<const Step> steps);
// What the step adds to an expression: ".name", "['key']", "[3]", ".<closure request>"; of a root
// what the expression begins with.
std::string expressionPart(const Step& step);

// Along the shortest named path; empty ("<unreachable Node>" as text) when no root reaches it.
std::vector<Step> stepsTo(const Analysis& analysis, ObjectIndex o, Masking masking = Masking::None);
std::string expressionTo(const Analysis& analysis, ObjectIndex o);
// The same where it costs little: what is far from its root begins with "…".
std::string expressionNear(const Analysis& analysis, ObjectIndex o);

// The holder that this object is: steps, expression, and the source construct that owns it.
Holder describeHolder(const Analysis& analysis, ObjectIndex o);

}  // namespace whyalive::heap
