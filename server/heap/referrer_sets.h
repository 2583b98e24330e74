// The heap by who refers to an object: the set of its referrers' kinds (guppy's byrcs), or the set
// of the ways in which they refer to it (guppy's byvia). Each is one pass over the references.
#pragma once

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/numbered_labels.h"

namespace whyalive::heap {

// "dict of xmpp.simplexml.Node, tuple"; "<nothing>" for what only roots hold, or nothing.
Result<NumberedLabels> objectsByReferrers(const Analysis& analysis, const RunControl& control);

// ".kids, […]": attributes by name; a key of a dict by its text only where at least eight
// references name it, for then it is a field's name and not an entry's.
Result<NumberedLabels> objectsByVia(const Analysis& analysis, const RunControl& control);

}  // namespace whyalive::heap
