#include "server/pictures/picture.h"

#include "server/pictures/drawings.h"
#include "server/pictures/node_text.h"

namespace whyalive::pictures {

Result<Picture> drawPicture(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                            const PictureOptions& options, const RunControl& control) {
  if (objects.empty()) {
    return fail(ErrorCode::InvalidArgument, "there is no object to draw",
                "name some by type, id or address");
  }
  if (options.maxNodes < 2) return fail(ErrorCode::InvalidArgument, "a picture needs two nodes");
  const bool merged = options.merged || objects.size() > options.mergeFrom;
  const bool chain = options.direction == Direction::Chain;
  Canvas canvas(analysis, options);
  const Result<void> drawn =
      (merged ? (chain ? drawMergedChains : drawMerged) : (chain ? drawChains : drawObjects))(
          analysis, objects, options, control, canvas);
  if (!drawn) return std::unexpected(drawn.error());
  if (merged && !options.merged) {
    canvas.note(formatCount(objects.size()) + " objects are drawn by kind.");
  }
  Picture picture = canvas.finish();
  picture.merged = merged;
  return picture;
}

}  // namespace whyalive::pictures
