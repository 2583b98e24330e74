// What travels in `data` between a hint or lens and its resolve: which annotation it was.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/features/file_view.h"

namespace whyalive::features {

struct AnnotationKey {
  std::string file;
  std::string snapshot;
  std::uint32_t line = 0;
  std::string kind;
  std::string subject;
};

nlohmann::json toData(const FileView& view, const sources::Annotation& annotation);
// Nothing when the data is not ours.
std::optional<AnnotationKey> keyFrom(const std::optional<nlohmann::json>& data);
// The annotation in the view as it is now; null when it is gone.
const sources::Annotation* find(const FileView& view, const AnnotationKey& key);

}  // namespace whyalive::features
