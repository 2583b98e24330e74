#include "server/features/hover.h"

#include <string>

namespace whyalive::features {
namespace {

bool covers(const sources::TextRange& range, sources::TextPosition position) {
  return range.begin <= position && position <= range.end;
}

}  // namespace

std::optional<lsp::Hover> hover(const FileView& view, lsp::Position position) {
  sources::TextPosition at = view.lines.fromLsp(position);
  const sources::Annotation* named = nullptr;
  std::string text;
  for (const sources::Annotation& annotation : view.annotations) {
    if (annotation.line != at.line) continue;
    bool onName = covers(annotation.name, at);
    // Names are for hovering; what is not about a name speaks for its whole line.
    bool wholeLine = annotation.kind == sources::AnnotationKind::Store ||
                     annotation.kind == sources::AnnotationKind::Suspend;
    if (!onName && !wholeLine) continue;
    if (onName && !named) named = &annotation;
    if (!text.empty()) text += "\n\n---\n\n";
    text += annotation.tooltip.empty() ? annotation.text : annotation.tooltip;
  }
  if (text.empty()) return std::nullopt;
  lsp::Hover result{markup(view, text), std::nullopt};
  if (named) result.range = view.lines.toLsp(named->name);
  return result;
}

}  // namespace whyalive::features
