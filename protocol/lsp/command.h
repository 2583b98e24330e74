// Commands: what a lens, a hint part or a code action runs, and workspace/executeCommand.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"

namespace whyalive::lsp {

struct Command {
  std::string title;
  std::string command;
  std::optional<nlohmann::json> arguments;  // an array
  static constexpr auto fields() {
    return std::tuple{json::required("title", &Command::title),
                      json::required("command", &Command::command),
                      json::defaulted("arguments", &Command::arguments)};
  }
};

struct ExecuteCommandParams {
  std::string command;
  std::vector<nlohmann::json> arguments;
  std::optional<ProgressToken> workDoneToken;
  static constexpr auto fields() {
    return std::tuple{json::required("command", &ExecuteCommandParams::command),
                      json::defaulted("arguments", &ExecuteCommandParams::arguments),
                      json::defaulted("workDoneToken", &ExecuteCommandParams::workDoneToken)};
  }
};

struct ExecuteCommand {
  static constexpr std::string_view kMethod = "workspace/executeCommand";
  using Params = ExecuteCommandParams;
  using Result = nlohmann::json;
};

}  // namespace whyalive::lsp
