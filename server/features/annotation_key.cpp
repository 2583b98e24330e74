#include "server/features/annotation_key.h"

#include "protocol/json/convert.h"

namespace whyalive::features {
namespace {

struct KeyFields : AnnotationKey {
  static constexpr auto fields() {
    using K = KeyFields;
    return std::tuple{json::required("file", &K::file), json::required("snapshot", &K::snapshot),
                      json::required("line", &K::line), json::required("kind", &K::kind),
                      json::required("subject", &K::subject)};
  }
};

}  // namespace

nlohmann::json toData(const FileView& view, const sources::Annotation& annotation) {
  return json::write(KeyFields{{view.file, view.snapshot, annotation.line,
                                std::string(toString(annotation.kind)), annotation.subject}});
}

std::optional<AnnotationKey> keyFrom(const std::optional<nlohmann::json>& data) {
  if (!data) return std::nullopt;
  auto key = json::parse<KeyFields>(*data, "data");
  if (!key) return std::nullopt;
  return *key;
}

const sources::Annotation* find(const FileView& view, const AnnotationKey& key) {
  if (key.snapshot != view.snapshot || key.file != view.file) return nullptr;
  for (const sources::Annotation& one : view.annotations) {
    if (one.line == key.line && one.subject == key.subject && toString(one.kind) == key.kind) {
      return &one;
    }
  }
  return nullptr;
}

}  // namespace whyalive::features
