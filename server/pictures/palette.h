// Palette: colours for light and dark backgrounds. A class of the program gets a hue of its own,
// the same in every picture; what the interpreter brings has the colour of its family.
#pragma once

#include <string>
#include <string_view>

#include "server/pictures/picture.h"

namespace whyalive::pictures {

enum class Theme { Light, Dark };

struct NodeColours {
  std::string fill, border, text, faint;  // #rrggbb; faint: subtitle and detail
};

struct Palette {
  std::string background, text, faint, edge, pathEdge, cycle, suspect, target;
};

const Palette& palette(Theme theme);
NodeColours coloursOf(const PictureNode& node, Theme theme);

}  // namespace whyalive::pictures
