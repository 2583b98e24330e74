// What a subcommand is: one file declares its options and says what to do when it is chosen; the
// table in commands.cpp lists them all. main.cpp turns the outcome into the exit code.
//
// An action returns its exit code (0 as a rule) or an Error, which main prints as one line on
// stderr with exit code 1. Usage errors never reach an action: they are exit code 2.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "protocol/base/result.h"

namespace CLI {
class App;
}

namespace whyalive::cli {

class Console;

using Action = std::function<Result<int>(Console&)>;

struct Command {
  std::string_view name;
  std::string_view summary;  // one line of `whyalive --help`
  std::string_view example;  // the end of `whyalive NAME --help`
  Action (*declare)(CLI::App& options);
};

// In the order of `whyalive --help`.
std::span<const Command> commands();

}  // namespace whyalive::cli
