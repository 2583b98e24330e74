// whyalive why: the ways by which an object, or all objects of a type, are kept alive.
#include "server/heap/why.h"

#include <CLI/App.hpp>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/step_output.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/heap/select.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::string type;
  std::string id;
  std::string address;
  std::size_t paths = 5;
  bool json = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return {};
  return value;
}

Result<std::vector<ObjectIndex>> one(const Result<ObjectIndex>& object) {
  if (!object) return std::unexpected(object.error());
  return std::vector{*object};
}

Result<std::vector<ObjectIndex>> selected(const Options& options, const heap::Analysis& analysis) {
  if (!options.type.empty()) return heap::objectsOfType(analysis, options.type);
  const std::string& text = options.id.empty() ? options.address : options.id;
  const auto value = number(text);
  if (!value) return fail(ErrorCode::InvalidArgument, text + " is not a number");
  if (!options.id.empty()) return one(heap::objectWithId(analysis, *value));
  return one(heap::objectAtAddress(analysis, *value));
}

std::string hexadecimal(std::uint64_t address) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "0x%llx", static_cast<unsigned long long>(address));
  return buffer;
}

nlohmann::json toJson(const heap::WhyAlive& why, const heap::Analysis& analysis) {
  nlohmann::json paths = nlohmann::json::array();
  for (const heap::RetainingPath& path : why.paths) {
    paths.push_back({{"expression", path.expression},
                     {"count", path.count},
                     {"retained", path.retained},
                     {"example",
                      {{"id", raw(path.example)},
                       {"address", hexadecimal(analysis.graph().address(path.example))},
                       {"type", analysis.graph().typeName(path.example)}}},
                     {"steps", stepsJson(path.steps)}});
  }
  return {{"objects", why.objects},
          {"unreachable", why.unreachable},
          {"pathCount", why.pathCount},
          {"paths", std::move(paths)}};
}

void print(const heap::WhyAlive& why, const heap::Analysis& analysis, const Options& options,
           Console& console) {
  const std::string what = options.type.empty() ? "object" : printable(options.type) + " object";
  console.printLine(counted(why.objects, what, what + "s") + ", kept alive in " +
                    counted(why.pathCount, "way", "ways") + ".");
  std::size_t number = 0;
  for (const heap::RetainingPath& path : why.paths) {
    console.printLine();
    console.printLine(std::to_string(++number) + ". " +
                      console.styled(Style::Bold, printable(path.expression)));
    console.printLine("   " + counted(path.count, "object", "objects") + ", " +
                      formatBytes(path.retained) + " retained; for example " +
                      printable(analysis.graph().repr(path.example)) + " (id " +
                      std::to_string(raw(path.example)) + ", " +
                      hexadecimal(analysis.graph().address(path.example)) + ")");
    printSteps(path.steps, "   ", console);
  }
  if (why.unreachable > 0) {
    console.printLine();
    console.printLine(counted(why.unreachable, "object is", "objects are") +
                      " kept by nothing and wait for the collector.");
  }
  if (why.pathCount > why.paths.size()) {
    console.printLine("<" + counted(why.pathCount - why.paths.size(), "more way", "more ways") +
                      "; see them with: -n " + std::to_string(why.pathCount) + ">");
  }
}

Result<int> run(const Options& options, Console& console) {
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  const auto objects = selected(options, *target->analysis);
  if (!objects) return std::unexpected(objects.error());
  const auto why = heap::whyAlive(*target->analysis, *objects, {.paths = options.paths});
  if (options.json) {
    printJson(console, toJson(why, *target->analysis));
  } else {
    print(why, *target->analysis, options, console);
  }
  return 0;
}

}  // namespace

Action declareWhy(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  auto* which = app.add_option_group("object", "Which objects (one of)");
  which->add_option("--type", options->type, "All of this type: module.Class, or the bare name");
  which->add_option("--id", options->id, "The object of this id (of the same snapshot file)");
  which->add_option("--address", options->address, "The object at this address: 0x7f…");
  which->require_option(1);
  app.add_option("-n", options->paths, "Ways to print")->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
