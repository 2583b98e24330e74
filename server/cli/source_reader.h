// Python sources from disk, for the index that maps holders to lines.
#pragma once

#include "server/sources/source_index.h"

namespace whyalive::cli {

sources::FileReader sourceReader();

}  // namespace whyalive::cli
