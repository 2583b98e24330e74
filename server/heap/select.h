// Finds the objects a person named, with an error that helps when there are none.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

// Instances of exactly this type: "xmpp.protocol.Iq", or its last part alone ("Iq") when only one
// type is called that. Unknown names: an error that suggests the nearest.
Result<std::vector<ObjectIndex>> objectsOfType(const Analysis& analysis, std::string_view name,
                                               const RunControl& control = {});
Result<ObjectIndex> objectWithId(const Analysis& analysis, std::uint64_t id);
Result<ObjectIndex> objectAtAddress(const Analysis& analysis, std::uint64_t address);

}  // namespace whyalive::heap
