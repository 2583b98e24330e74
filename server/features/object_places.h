// The lines of source that have to do with one object: where what keeps it is made and filled, and
// where its class (or itself, if it is a class or function) is defined; the lines that define
// types. Reads sources through the index; long when the index has to search for a name.
#pragma once

#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "protocol/whyalive/classes.h"
#include "protocol/whyalive/suspects.h"

namespace whyalive::heap {
class Analysis;
}
namespace whyalive::sources {
class SourceIndex;
}

namespace whyalive::features {

std::vector<api::SourceLocation> placesOfObject(const heap::Analysis& analysis, ObjectIndex o,
                                                sources::SourceIndex& index,
                                                const RunControl& control);

// In the order of `types`; those that no source defines (made in C, say) are left out.
Result<std::vector<api::ClassPlace>> placesOfClasses(const heap::Analysis& analysis,
                                                     const std::vector<std::string>& types,
                                                     sources::SourceIndex& index,
                                                     const RunControl& control);

}  // namespace whyalive::features
