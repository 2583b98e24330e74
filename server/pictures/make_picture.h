// makePicture: from objects to the bytes of a picture. What cannot be laid out one by one in time,
// or becomes too large, is summarised by kind instead, which the note says.
//
// Blocks, as Renderer::render does.
#pragma once

#include <span>
#include <string>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/pictures/dot_writer.h"
#include "server/pictures/picture.h"
#include "server/pictures/renderer.h"

namespace whyalive::pictures {

struct MadePicture {
  Picture picture;
  std::string content;
};

struct Making {
  PictureOptions what;
  DotOptions looks;
  PictureFormat format = PictureFormat::Svg;
  RenderLimits limits;
};

Result<MadePicture> makePicture(const heap::Analysis& analysis,
                                std::span<const ObjectIndex> objects, const Making& how,
                                Renderer& renderer, const RunControl& control = {});

}  // namespace whyalive::pictures
