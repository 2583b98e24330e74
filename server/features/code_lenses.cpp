#include "server/features/code_lenses.h"

#include <utility>

#include "server/features/annotation_key.h"
#include "server/features/class_commands.h"

namespace whyalive::features {
namespace {

// An empty command id makes editors show the title as plain text.
lsp::Command plain(std::string title) { return {std::move(title), "", std::nullopt}; }

lsp::Command commandOf(const FileView& view, const sources::Annotation& annotation) {
  const sources::LocatedSuspect* suspect = suspectOfRank(view.suspects, annotation.suspectRank);
  if (!suspect) return plain(annotation.text);
  nlohmann::json arguments = nlohmann::json::array({{{"rank", suspect->suspect.rank}}});
  return {"suspect " + std::to_string(suspect->suspect.rank) + ": " + suspect->suspect.title,
          "whyalive.jumpToLeak", std::move(arguments)};
}

bool deservesLens(const sources::Annotation& annotation) {
  return annotation.kind == sources::AnnotationKind::Class || annotation.suspectRank != 0;
}

void addQuestions(const FileView& view, const sources::Annotation& annotation,
                  std::vector<lsp::CodeLens>& lenses) {
  for (const Question question : {Question::WhyAlive, Question::Picture, Question::Instances}) {
    lsp::CodeLens lens;
    lens.range = view.lines.toLsp(annotation.name);
    lens.command = commandFor(question, annotation.subject, view.reader.answers);
    lenses.push_back(std::move(lens));
  }
}

}  // namespace

std::vector<lsp::CodeLens> codeLenses(const FileView& view) {
  std::vector<lsp::CodeLens> lenses;
  for (const sources::Annotation& annotation : view.annotations) {
    if (!deservesLens(annotation)) continue;
    lsp::CodeLens lens;
    lens.range = view.lines.toLsp(annotation.name);
    lens.command = commandOf(view, annotation);
    lens.data = toData(view, annotation);
    lenses.push_back(std::move(lens));
    if (annotation.kind == sources::AnnotationKind::Class) addQuestions(view, annotation, lenses);
  }
  return lenses;
}

lsp::CodeLens resolveCodeLens(const FileView& view, lsp::CodeLens lens) {
  if (!lens.data) return lens;  // a question, whole as it is
  auto key = keyFrom(lens.data);
  const sources::Annotation* annotation = key ? find(view, *key) : nullptr;
  lens.command = annotation ? commandOf(view, *annotation) : plain("out of date");
  return lens;
}

std::optional<std::string> fileOfLens(const lsp::CodeLens& lens) {
  auto key = keyFrom(lens.data);
  if (!key) return std::nullopt;
  return key->file;
}

}  // namespace whyalive::features
