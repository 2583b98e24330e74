#include "server/pictures/make_picture.h"

#include <utility>

namespace whyalive::pictures {
namespace {

bool isTooLarge(const Error& error) {
  return error.code == ErrorCode::ResourceExhausted || error.code == ErrorCode::InvalidArgument;
}

Result<std::string> rendered(const Picture& picture, const Making& how, Renderer& renderer,
                             const RunControl& control) {
  return renderer.render(toDot(picture, how.looks), how.format, how.limits, control);
}

}  // namespace

Result<MadePicture> makePicture(const heap::Analysis& analysis,
                                std::span<const ObjectIndex> objects, const Making& how,
                                Renderer& renderer, const RunControl& control) {
  auto picture = drawPicture(analysis, objects, how.what, control);
  if (!picture) return std::unexpected(picture.error());
  auto content = rendered(*picture, how, renderer, control);
  if (content) return MadePicture{*std::move(picture), *std::move(content)};
  if (picture->merged || !isTooLarge(content.error())) return std::unexpected(content.error());
  PictureOptions summarised = how.what;
  summarised.merged = true;
  auto summary = drawPicture(analysis, objects, summarised, control);
  if (!summary) return std::unexpected(summary.error());
  summary->note = "Too large to be drawn object by object, so it is drawn by kind." +
                  (summary->note.empty() ? "" : " " + summary->note);
  // Should that fail too, the first error says what the person asked for.
  auto instead = rendered(*summary, how, renderer, control);
  if (!instead) return std::unexpected(content.error());
  return MadePicture{*std::move(summary), *std::move(instead)};
}

}  // namespace whyalive::pictures
