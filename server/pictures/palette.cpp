#include "server/pictures/palette.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace whyalive::pictures {
namespace {

constexpr int kGrey = -1;

// FNV-1a, so that a class keeps its colour from run to run.
std::uint32_t hashOf(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::string fromHsl(double hue, double saturation, double lightness) {
  const double chroma = (1 - std::abs(2 * lightness - 1)) * saturation;
  const auto channel = [&](double shift) {
    const double k = std::fmod(shift + hue / 30, 12);
    const double value = lightness - chroma / 2 * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
    return static_cast<unsigned>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
  };
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", channel(0), channel(8), channel(4));
  return text;
}

int hueOf(const PictureNode& node) {
  switch (node.family) {
    case Family::Module: return 145;
    case Family::Class: return 265;
    case Family::Function: return 40;
    case Family::Frame: return 20;
    case Family::Container: return 210;
    case Family::Value:
    case Family::Native:
    case Family::More: return kGrey;
    case Family::Instance: break;
  }
  // Away from red, which means a cycle, and from the families' own hues.
  constexpr int kHues[] = {75, 105, 172, 190, 238, 285, 310, 332};
  return kHues[(hashOf(node.type) >> 9) % std::size(kHues)];
}

}  // namespace

const Palette& palette(Theme theme) {
  static const Palette light{"#ffffff", "#1f2328", "#59636e", "#8c959f",
                             "#32383f", "#d1242f", "#d4700a", "#0969da"};
  static const Palette dark{"#1e1e1e", "#e6edf3", "#9da7b3", "#6e7781",
                            "#d1d7e0", "#ff6b6b", "#ffa54c", "#6cb6ff"};
  return theme == Theme::Light ? light : dark;
}

NodeColours coloursOf(const PictureNode& node, Theme theme) {
  const Palette& base = palette(theme);
  if (node.family == Family::More) return {"none", base.edge, base.faint, base.faint};
  const int hue = hueOf(node);
  const double saturation = hue == kGrey ? 0.04 : 0.55;
  const bool isLight = theme == Theme::Light;
  return {fromHsl(hue == kGrey ? 210 : hue, saturation, isLight ? 0.93 : 0.20),
          fromHsl(hue == kGrey ? 210 : hue, saturation * 0.8, isLight ? 0.55 : 0.50), base.text,
          base.faint};
}

}  // namespace whyalive::pictures
