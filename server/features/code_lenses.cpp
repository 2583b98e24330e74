#include "server/features/code_lenses.h"

#include <utility>

#include "server/features/annotation_key.h"

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

// What can be asked of a class's instances.
struct Question {
  const char* title;
  const char* ofServer;
  const char* ofClient;
};
constexpr Question kQuestions[] = {
    {"Why alive?", "whyalive.tellWhyAlive", "whyalive.whyAlive"},
    {"Show picture", "whyalive.drawInstances", "whyalive.showPicture"},
    {"Show instances", "whyalive.tellInstances", "whyalive.showInstances"}};

void addQuestions(const FileView& view, const sources::Annotation& annotation, Answers answers,
                  std::vector<lsp::CodeLens>& lenses) {
  for (const Question& question : kQuestions) {
    nlohmann::json arguments = nlohmann::json::array({{{"type", annotation.subject}}});
    lsp::CodeLens lens;
    lens.range = view.lines.toLsp(annotation.name);
    lens.command = lsp::Command{
        question.title, answers == Answers::ByClient ? question.ofClient : question.ofServer,
        std::move(arguments)};
    lenses.push_back(std::move(lens));
  }
}

}  // namespace

std::vector<lsp::CodeLens> codeLenses(const FileView& view, Answers answers) {
  std::vector<lsp::CodeLens> lenses;
  for (const sources::Annotation& annotation : view.annotations) {
    if (!deservesLens(annotation)) continue;
    lsp::CodeLens lens;
    lens.range = view.lines.toLsp(annotation.name);
    lens.data = toData(view, annotation);
    lenses.push_back(std::move(lens));
    if (annotation.kind == sources::AnnotationKind::Class)
      addQuestions(view, annotation, answers, lenses);
  }
  return lenses;
}

lsp::CodeLens resolveCodeLens(const FileView& view, lsp::CodeLens lens) {
  if (lens.command) return lens;
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
