// The formats a picture comes in, and their names.
#pragma once

#include <optional>
#include <string_view>

namespace whyalive::pictures {

enum class PictureFormat { Svg, Png, Pdf, Dot };

constexpr std::string_view toString(PictureFormat format) {
  switch (format) {
    case PictureFormat::Svg: return "svg";
    case PictureFormat::Png: return "png";
    case PictureFormat::Pdf: return "pdf";
    case PictureFormat::Dot: return "dot";
  }
  return "svg";
}

constexpr std::optional<PictureFormat> pictureFormat(std::string_view name) {
  for (const PictureFormat one :
       {PictureFormat::Svg, PictureFormat::Png, PictureFormat::Pdf, PictureFormat::Dot}) {
    if (toString(one) == name) return one;
  }
  return std::nullopt;
}

}  // namespace whyalive::pictures
