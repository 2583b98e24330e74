#include "server/features/class_commands.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace whyalive::features {
namespace {

struct Words {
  const char* title;
  const char* ofServer;
  const char* ofClient;
};

Words wordsOf(Question question) {
  switch (question) {
    case Question::WhyAlive: return {"Why alive?", "whyalive.tellWhyAlive", "whyalive.whyAlive"};
    case Question::Picture:
      return {"Show picture", "whyalive.drawInstances", "whyalive.showPicture"};
    case Question::Instances: break;
  }
  return {"Show instances", "whyalive.tellInstances", "whyalive.showInstances"};
}

}  // namespace

lsp::Command commandFor(Question question, const std::string& type, Answers answers) {
  const Words words = wordsOf(question);
  nlohmann::json arguments = nlohmann::json::array({{{"type", type}}});
  return {words.title, answers == Answers::ByClient ? words.ofClient : words.ofServer,
          std::move(arguments)};
}

}  // namespace whyalive::features
