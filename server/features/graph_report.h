// A picture as whyalive/graph and `whyalive graph --json` tell it, and the objects to draw. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/whyalive/graph.h"
#include "server/pictures/dot_writer.h"
#include "server/pictures/format.h"
#include "server/pictures/picture.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::features {

// Of many objects `count`, spread evenly; all with 0.
std::vector<ObjectIndex> spread(const std::vector<ObjectIndex>& objects, std::size_t count);

// The objects that params name; an error says which id or type there is not.
Result<std::vector<ObjectIndex>> graphObjects(const heap::Analysis& analysis,
                                              const api::GraphParams& params);
Result<pictures::PictureOptions> pictureOptions(const heap::Analysis& analysis,
                                                const api::GraphParams& params);
pictures::DotOptions dotOptions(const api::GraphParams& params);
pictures::PictureFormat pictureFormat(api::GraphFormat format);

api::GraphResult graphReport(const pictures::Picture& picture, std::string snapshot,
                             api::GraphFormat format, std::string_view content);

}  // namespace whyalive::features
