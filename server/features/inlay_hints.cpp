#include "server/features/inlay_hints.h"

#include <string>
#include <utility>

#include "protocol/lsp/uri.h"
#include "server/features/annotation_key.h"
#include "server/features/class_commands.h"
#include "server/features/current_place.h"

namespace whyalive::features {
namespace {

bool within(const lsp::Range& range, const lsp::Position& position) {
  auto before = [](const lsp::Position& a, const lsp::Position& b) {
    return std::pair(a.line, a.character) < std::pair(b.line, b.character);
  };
  return !before(position, range.start) && !before(range.end, position);
}

// Where a click on the hint goes, if not to the instances that it speaks of: the suspect's best
// line, unless the hint is on that line already.
std::optional<lsp::Location> linkOf(const FileView& view, const sources::Annotation& annotation) {
  const sources::LocatedSuspect* suspect = suspectOfRank(view.suspects, annotation.suspectRank);
  if (!suspect) return std::nullopt;
  for (const sources::Location& place : suspect->locations) {
    std::optional<sources::TextRange> range =
        place.file == view.file ? currentRange(view.lines, place) : std::optional(rangeOf(place));
    if (!range || (place.file == view.file && range->begin.line == annotation.line)) continue;
    // Columns of another file's text are not at hand: the line is what matters.
    lsp::Position start{range->begin.line, 0};
    return lsp::Location{lsp::uriFromPath(place.file), {start, start}};
  }
  return std::nullopt;
}

void addDetail(const FileView& view, const sources::Annotation& annotation, lsp::InlayHint& hint) {
  if (!annotation.tooltip.empty()) hint.tooltip = markup(view, annotation.tooltip);
  lsp::InlayHintLabelPart part{annotation.text, hint.tooltip, linkOf(view, annotation), {}};
  if (!part.location && !annotation.type.empty()) {
    part.command = commandFor(Question::Instances, annotation.type, view.reader.answers);
  }
  if (!part.location && !part.command) return;
  hint.label = std::vector{std::move(part)};
}

}  // namespace

std::vector<lsp::InlayHint> inlayHints(const FileView& view, const lsp::Range& range,
                                       HintDetail detail) {
  std::vector<lsp::InlayHint> hints;
  for (const sources::Annotation& annotation : view.annotations) {
    lsp::InlayHint hint;
    hint.position = view.lines.toLsp(sources::TextPosition{annotation.line, annotation.column});
    if (!within(range, hint.position)) continue;
    hint.label = annotation.text;
    hint.paddingLeft = true;
    if (detail == HintDetail::Full) {
      addDetail(view, annotation, hint);
    } else {
      hint.data = toData(view, annotation);
    }
    hints.push_back(std::move(hint));
  }
  return hints;
}

lsp::InlayHint resolveInlayHint(const FileView& view, lsp::InlayHint hint) {
  auto key = keyFrom(hint.data);
  const sources::Annotation* annotation = key ? find(view, *key) : nullptr;
  if (annotation) addDetail(view, *annotation, hint);
  return hint;
}

std::optional<std::string> fileOfHint(const lsp::InlayHint& hint) {
  auto key = keyFrom(hint.data);
  if (!key) return std::nullopt;
  return key->file;
}

}  // namespace whyalive::features
