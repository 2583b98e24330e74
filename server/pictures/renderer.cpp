#include "server/pictures/renderer.h"

#include "server/pictures/helper_process.h"

namespace whyalive::pictures {
namespace {

// A reference to a file on another host that nothing here needs, and that a strict reader refuses.
std::string withoutDoctype(std::string svg) {
  const std::size_t begin = svg.find("<!DOCTYPE");
  const std::size_t end = begin == std::string::npos ? begin : svg.find('>', begin);
  if (end != std::string::npos) svg.erase(begin, end + 1 - begin);
  return svg;
}

}  // namespace

Result<std::string> Renderer::render(std::string_view dot, PictureFormat format,
                                     const RenderLimits& limits, const RunControl& control) {
  if (format == PictureFormat::Dot) return std::string(dot);
  if (dot.size() > limits.dotBytes) {
    return fail(ErrorCode::InvalidArgument, "the picture is too large to be laid out",
                "draw less of the heap: a smaller depth or fan-out");
  }
  const std::lock_guard lock(oneAtATime_);
  std::vector<std::string> command = helper_;
  command.emplace_back(toString(format));
  auto picture = runHelper(command, dot, {limits.timeout, limits.outputBytes}, control);
  if (picture && format == PictureFormat::Svg) return withoutDoctype(*std::move(picture));
  return picture;
}

}  // namespace whyalive::pictures
