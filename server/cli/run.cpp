// whyalive run: becomes the program, with the agent inside. Nothing of whyalive stays around it:
// same pid, same terminal, same exit code.
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/session/launch.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string python;
  std::vector<std::string> command;
};

Result<int> run(const Options& options, Console&) {
  const auto folder = session::agentPackageFolder();
  if (!folder) return std::unexpected(folder.error());
  auto arguments = session::launchCommand(options.command, options.python);
  if (!arguments) return std::unexpected(arguments.error());

  const char* inherited = std::getenv("PYTHONPATH");
  for (const auto& [name, value] :
       session::launchEnvironment(*folder, inherited == nullptr ? "" : inherited)) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  std::vector<char*> argv;
  for (std::string& argument : *arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  const int reason = errno;
  return fail(reason == ENOENT ? ErrorCode::NotFound : ErrorCode::PermissionDenied,
              "cannot start " + arguments->front() + ": " + std::strerror(reason),
              "check the name, or choose an interpreter with --python");
}

class UsageFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override {
    return "Usage: whyalive run [--python P] -- CMD...\n";
  }
};

}  // namespace

Action declareRun(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.formatter(std::make_shared<UsageFormatter>());
  app.add_option("--python", options->python, "Interpreter to run the command with");
  app.add_option(
         "CMD", options->command,
         "A script (app.py), options of Python (-m app), or any program, with its arguments")
      ->required();
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
