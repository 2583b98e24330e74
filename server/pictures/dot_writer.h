// Writes a picture in Graphviz's DOT language. Pure.
//
// Nodes carry their picture's id as SVG id and class names (node, target, root, holder, more and
// the family), so that a client can map a click to an object and style what it likes.
#pragma once

#include <string>

#include "server/pictures/palette.h"
#include "server/pictures/picture.h"

namespace whyalive::pictures {

struct DotOptions {
  Theme theme = Theme::Light;
  bool transparent = false;  // no background: for an SVG inside a page
};

std::string toDot(const Picture& picture, const DotOptions& options = {});

}  // namespace whyalive::pictures
