#include "server/features/diagnostics.h"

#include <string>
#include <utility>

#include "server/features/leak_location.h"

namespace whyalive::features {
namespace {

std::string what(const sources::Location& place) {
  switch (place.role) {
    case sources::Role::Define: return "made here";
    case sources::Role::Store: return "also filled here";
    case sources::Role::Capture: return "captured here";
    case sources::Role::Suspend: return "suspended here";
    case sources::Role::Decorator: return "remembered by this decorator";
    case sources::Role::Allocate: return "the objects are made here";
    case sources::Role::Cleanup: return "removing the entry here would end it";
  }
  return "see here";
}

std::string messageOf(const heap::Suspect& suspect) {
  std::string text = suspect.title;
  if (!suspect.holder.expression.empty()) text += "\nHeld by " + suspect.holder.expression;
  for (const heap::Holder& joint : suspect.jointHolders) {
    text += "\nand by " + joint.expression + ": emptying one alone frees nothing";
  }
  if (!suspect.note.empty()) text += "\n" + suspect.note;
  return text;
}

// The chain from the root, one line a step, all at the line at fault: steps have no lines of their
// own; then the other lines.
std::vector<lsp::RelatedInformation> related(const sources::LocatedSuspect& located,
                                             const sources::Location& shown,
                                             const lsp::Location& here, const LinesOf& linesOf) {
  std::vector<lsp::RelatedInformation> all;
  for (const heap::Step& step : located.suspect.holder.steps) {
    std::string text = std::string(toString(step.kind)) + " " + step.name;
    if (!step.type.empty()) text += " (" + step.type + ")";
    all.push_back({here, std::move(text)});
  }
  for (const sources::Location& place : located.locations) {
    if (&place == &shown) continue;
    if (auto now = currentPlace(linesOf, place)) {
      all.push_back({std::move(*now), what(place) + ": " + place.text});
    }
  }
  return all;
}

}  // namespace

std::map<std::string, std::vector<lsp::Diagnostic>> diagnostics(
    const std::vector<sources::LocatedSuspect>& suspects, const LinesOf& linesOf) {
  std::map<std::string, std::vector<lsp::Diagnostic>> byFile;
  for (const sources::LocatedSuspect& located : suspects) {
    const sources::Location* place = leakLocation(located);
    std::optional<lsp::Location> here = place ? currentPlace(linesOf, *place) : std::nullopt;
    if (!here) continue;
    lsp::Diagnostic diagnostic;
    diagnostic.range = here->range;
    diagnostic.severity = located.suspect.kind == heap::SuspectKind::Growth
                              ? lsp::DiagnosticSeverity::Warning
                              : lsp::DiagnosticSeverity::Information;
    diagnostic.code = toString(located.suspect.kind);
    diagnostic.message = messageOf(located.suspect);
    diagnostic.relatedInformation = related(located, *place, *here, linesOf);
    diagnostic.data =
        nlohmann::json{{"signature", located.suspect.signature}, {"rank", located.suspect.rank}};
    byFile[place->file].push_back(std::move(diagnostic));
  }
  return byFile;
}

}  // namespace whyalive::features
