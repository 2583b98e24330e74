// What stands in a node: a title, a line under it, and its colour's family. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/ids.h"
#include "server/heap/amounts.h"
#include "server/heap/analysis.h"
#include "server/heap/roots.h"
#include "server/pictures/picture.h"

namespace whyalive::pictures {

using heap::formatCount;

Family familyOf(const heap::Analysis& analysis, ObjectIndex o);

// Everything but id, target, holder and expandable.
PictureNode describeObject(const heap::Analysis& analysis, ObjectIndex o, bool refcount);
// Many objects of one kind.
PictureNode describeGroup(const heap::Analysis& analysis, std::string_view kind,
                          ObjectIndex example, std::uint64_t count, Bytes retained);
// What stands above an object that no module leads to: a frame, the interpreter, C.
PictureNode describeRoot(const heap::Analysis& analysis, const heap::Root& root);
PictureNode describeRest(std::uint64_t count);

}  // namespace whyalive::pictures
