// What can be asked of the instances of a class: commands of lenses and of hints. Pure.
#pragma once

#include <string>

#include "protocol/lsp/command.h"
#include "server/features/file_view.h"

namespace whyalive::features {

enum class Question { WhyAlive, Picture, Instances };

lsp::Command commandFor(Question question, const std::string& type, Answers answers);

}  // namespace whyalive::features
