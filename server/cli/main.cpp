// The whyalive program: reads the command line, runs one subcommand, says what went wrong in one
// line.
#include <CLI/CLI.hpp>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "server/cli/command.h"
#include "server/cli/console.h"
#include "server/net/thrown.h"
#include "server/pictures/graphviz.h"

namespace whyalive::cli {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

struct Declared {
  CLI::App* options;
  Action action;
};

std::vector<Declared> declareAll(CLI::App& app) {
  std::vector<Declared> declared;
  for (const Command& command : commands()) {
    CLI::App* options = app.add_subcommand(std::string(command.name), std::string(command.summary));
    options->footer("\nExample:\n" + std::string(command.example));
    declared.push_back({options, command.declare(*options)});
  }
  return declared;
}

int usageError(const CLI::App& app, const CLI::ParseError& error, Console& console) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  std::string name = "whyalive";
  for (const CLI::App* chosen : app.get_subcommands()) name += " " + chosen->get_name();
  std::string message = error.what();
  while (!message.empty() && message.back() == '\n') message.pop_back();
  console.note("whyalive: " + printable(message) + "; see " + name + " --help");
  return kUsage;
}

int run(int argc, char** argv) {
  Console console;
  CLI::App app{"Why is this Python object still alive, and which line of code keeps it?"};
  app.name("whyalive");
  app.set_version_flag("--version", "whyalive " WHYALIVE_VERSION);
  app.require_subcommand(1);
  const std::vector<Declared> declared = declareAll(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usageError(app, error, console);
  }
  for (const Declared& one : declared) {
    if (!one.options->parsed()) continue;
    const Result<int> code = one.action(console);
    if (code) return *code;
    console.note("whyalive: " + printable(code.error().text()));
    return kFailure;
  }
  return kUsage;
}

}  // namespace
}  // namespace whyalive::cli

int main(int argc, char** argv) {
  // Not a subcommand for people: this program draws pictures in a process apart.
  if (argc == 3 && argv[1] == whyalive::pictures::kHelperWord) {
    return whyalive::pictures::helperMain(argv[2]);
  }
  try {
    return whyalive::cli::run(argc, argv);
  } catch (const std::exception& error) {
    const whyalive::Error said = whyalive::net::thrownError(error, "whyalive");
    whyalive::cli::Console().note("whyalive: " + whyalive::cli::printable(said.text()));
    return 1;
  }
}
