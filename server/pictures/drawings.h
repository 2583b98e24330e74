// The ways to draw; picture.h chooses among them. Each fills a canvas.
#pragma once

#include <span>

#include "protocol/base/result.h"
#include "server/pictures/canvas.h"

namespace whyalive::pictures {

// Breadth first from the objects, one node an object.
Result<void> drawObjects(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                         const PictureOptions& options, const RunControl& control, Canvas& canvas);

// The shortest named path to each object; what paths share is drawn once.
Result<void> drawChains(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                        const PictureOptions& options, const RunControl& control, Canvas& canvas);

// One node a kind, with the number of objects, for sets too large to be drawn one by one.
Result<void> drawMerged(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                        const PictureOptions& options, const RunControl& control, Canvas& canvas);
Result<void> drawMergedChains(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                              const PictureOptions& options, const RunControl& control,
                              Canvas& canvas);

inline std::unexpected<Error> drawingCancelled() {
  return fail(ErrorCode::Cancelled, "drawing was cancelled");
}

}  // namespace whyalive::pictures
