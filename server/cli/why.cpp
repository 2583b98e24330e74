// whyalive why: the ways by which one object is kept alive, or all objects of a type.
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
#include "server/features/object_report.h"
#include "server/features/object_set.h"
#include "server/heap/select.h"
#include "server/heap/ways.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::string type;
  std::string id;
  std::string address;
  std::string where;
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

Result<std::vector<ObjectIndex>> selected(const Options& options, const Target& target,
                                          const RunControl& control) {
  const heap::Analysis& analysis = *target.analysis;
  if (!options.type.empty() || !options.where.empty()) {
    api::ObjectSet set;
    set.type = options.type;
    set.where = options.where;
    return features::objectsOf(target.analysis, set, nullptr, control);
  }
  const std::string& text = options.id.empty() ? options.address : options.id;
  const auto value = number(text);
  if (!value) {
    return fail(ErrorCode::InvalidArgument,
                text +
                    " is not a number; an id is one in decimal, an address one as id() prints it "
                    "or as 0x… in hexadecimal");
  }
  if (!options.id.empty()) return one(heap::objectWithId(analysis, *value));
  return one(heap::objectAtAddress(analysis, *value));
}

// For one object its different ways; for several the shortest of each and others, equal ones
// merged.
struct Answer {
  heap::WhyAlive why;
  std::vector<std::uint64_t> ways;  // by path: so many fell together
  bool more = false;
};

Result<Answer> answer(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                      std::size_t count, const RunControl& control) {
  Answer answer;
  if (objects.size() != 1) {
    const heap::WhyOptions options{.paths = count, .searched = heap::kSearched};
    auto why = heap::whyAlive(analysis, objects, options, control);
    if (!why) return std::unexpected(why.error());
    answer.why = *std::move(why);
    answer.more = answer.why.more;
    answer.ways.assign(answer.why.paths.size(), 1);
    return answer;
  }
  const auto one = heap::whyThisAlive(analysis, objects.front(), count, control);
  if (!one) return std::unexpected(one.error());
  answer.why.objects = 1;
  answer.why.unreachable = one->reachable ? 0 : 1;
  answer.why.pathCount = one->pathCount;
  answer.more = one->more;
  for (const heap::MergedWay& way : one->paths) {
    answer.why.paths.push_back(way.path);
    answer.ways.push_back(way.ways);
  }
  return answer;
}

nlohmann::json toJson(const Answer& answer, const heap::Analysis& analysis) {
  const heap::WhyAlive& why = answer.why;
  nlohmann::json paths = nlohmann::json::array();
  for (std::size_t i = 0; i < why.paths.size(); ++i) {
    const heap::RetainingPath& path = why.paths[i];
    paths.push_back({{"expression", path.expression},
                     {"count", path.count},
                     {"shortest", path.shortest},
                     {"ways", answer.ways[i]},
                     {"retained", path.retained},
                     {"example",
                      {{"id", raw(path.example)},
                       {"address", features::hexadecimal(analysis.graph().address(path.example))},
                       {"type", analysis.graph().typeName(path.example)}}},
                     {"steps", stepsJson(path.steps)}});
  }
  return {{"objects", why.objects},
          {"unreachable", why.unreachable},
          {"pathCount", why.pathCount},
          {"more", answer.more},
          {"paths", std::move(paths)}};
}

// Which part of the set goes this way, and whether there are shorter ones.
std::string sharesOf(const heap::RetainingPath& path, std::uint64_t objects) {
  if (objects <= 1) return "";
  const std::string share = " (" + std::to_string(path.count * 100 / objects) + "%";
  if (path.shortest == path.count) return share + ")";
  if (path.shortest == 0) return share + ", each has a shorter way)";
  return share + ", the shortest way of " + formatCount(path.shortest) + ")";
}

void print(const Answer& answer, const heap::Analysis& analysis, const Options& options,
           Console& console) {
  const heap::WhyAlive& why = answer.why;
  const std::string what = options.type.empty() ? "object" : printable(options.type) + " object";
  console.printLine(counted(why.objects, what, what + "s") + ", kept alive in " +
                    counted(why.pathCount, "way", "ways") + ".");
  for (std::size_t i = 0; i < why.paths.size(); ++i) {
    const heap::RetainingPath& path = why.paths[i];
    console.printLine();
    console.printLine(std::to_string(i + 1) + ". " +
                      console.styled(Style::Bold, printable(path.expression)));
    const bool alike = answer.ways[i] > 1;
    console.printLine("   " +
                      (alike ? counted(answer.ways[i], "path", "paths") + " like this; " : "") +
                      counted(path.count, "object", "objects") + sharesOf(path, why.objects) +
                      ", " + formatBytes(path.retained) + " retained; for example " +
                      printable(analysis.graph().repr(path.example)) + " (id " +
                      std::to_string(raw(path.example)) + ", " +
                      features::hexadecimal(analysis.graph().address(path.example)) + ")");
    printSteps(path.steps, "   ", console);
  }
  if (why.unreachable > 0) {
    console.printLine();
    console.printLine(counted(why.unreachable, "object is", "objects are") +
                      " kept by nothing and wait for the collector.");
  }
  if (answer.more) console.printLine("There may be more ways: the search was ended.");
  if (why.pathCount > why.paths.size()) {
    console.printLine("<" + counted(why.pathCount - why.paths.size(), "more way", "more ways") +
                      "; see them with: -n " + std::to_string(why.pathCount) + ">");
  }
}

Result<int> run(const Options& options, Console& console) {
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  const auto objects = selected(options, *target, console.progress());
  console.clearProgress();
  if (!objects) return std::unexpected(objects.error());
  const auto why = answer(*target->analysis, *objects, options.paths, console.progress());
  console.clearProgress();
  if (!why) return std::unexpected(why.error());
  if (options.json) {
    printJson(console, toJson(*why, *target->analysis));
  } else {
    print(*why, *target->analysis, options, console);
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
  which->add_option("--where", options->where,
                    "All objects for which this SQL holds (docs/sql.md): \"size > 100000\"");
  which->require_option(1);
  app.add_option("-n,--paths", options->paths,
                 "Ways to print: the shortest of most objects first, then other ways")
      ->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
