// whyalive graph: a picture of what keeps objects alive, or of what they keep.
#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/features/graph_report.h"
#include "server/heap/analysis.h"
#include "server/heap/select.h"
#include "server/heap/suspects.h"
#include "server/pictures/graphviz.h"
#include "server/pictures/make_picture.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::string address;
  std::string output;
  bool refs = false, backrefs = false, chain = false;
  bool dark = false;
  bool json = false;
  api::GraphParams params;
};

Result<pictures::PictureFormat> formatOf(const std::string& file) {
  const std::size_t dot = file.rfind('.');
  const auto format = pictures::pictureFormat(
      dot == std::string::npos ? "" : std::string_view(file).substr(dot + 1));
  if (format) return *format;
  return fail(ErrorCode::InvalidArgument, "cannot tell the format of " + file,
              "end its name with .svg, .png, .pdf or .dot");
}

api::GraphFormat wireFormat(pictures::PictureFormat format) {
  switch (format) {
    case pictures::PictureFormat::Svg: return api::GraphFormat::Svg;
    case pictures::PictureFormat::Png: return api::GraphFormat::Png;
    case pictures::PictureFormat::Pdf: return api::GraphFormat::Pdf;
    case pictures::PictureFormat::Dot: return api::GraphFormat::Dot;
  }
  return api::GraphFormat::Svg;
}

Result<std::uint64_t> parseAddress(std::string_view text) {
  std::string_view digits = text;
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, problem] =
      std::from_chars(digits.begin(), digits.end(), value, hexadecimal ? 16 : 10);
  if (problem == std::errc() && end == digits.end()) return value;
  return fail(ErrorCode::InvalidArgument, std::string(text) + " is no address",
              "give it as id() prints it, or as 0x… in hexadecimal");
}

Result<std::vector<ObjectIndex>> objectsToDraw(const heap::Analysis& analysis,
                                               const Options& options) {
  if (!options.address.empty()) {
    const auto address = parseAddress(options.address);
    if (!address) return std::unexpected(address.error());
    auto object = heap::objectAtAddress(analysis, *address);
    if (!object) return std::unexpected(object.error());
    return std::vector{*object};
  }
  auto objects = features::graphObjects(analysis, options.params);
  if (objects && objects->empty()) {
    return fail(ErrorCode::NotFound, "no object of type " + options.params.type + " is alive");
  }
  return objects;
}

Result<pictures::MadePicture> draw(const heap::Analysis& analysis, const Options& options,
                                   pictures::PictureFormat format, Console& console) {
  const auto objects = objectsToDraw(analysis, options);
  if (!objects) return std::unexpected(objects.error());
  auto how = features::pictureOptions(analysis, options.params);
  if (!how) return std::unexpected(how.error());
  const auto suspects = heap::findSuspects(analysis, {}, {}, console.progress());
  if (!suspects) return std::unexpected(suspects.error());
  for (const heap::Suspect& suspect : *suspects) {
    if (suspect.holder.object != kNoObject) how->holders.push_back(suspect.holder.object);
  }
  const pictures::Making making{*std::move(how), features::dotOptions(options.params), format, {}};
  pictures::Renderer renderer({"/proc/self/exe", std::string(pictures::kHelperWord)});
  return pictures::makePicture(analysis, *objects, making, renderer, console.progress());
}

Result<void> writeFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (file) return {};
  return fail(ErrorCode::PermissionDenied, "cannot write " + path + ": " + std::strerror(errno),
              "choose another file with -o");
}

void report(const pictures::Picture& picture, pictures::PictureFormat format, std::size_t bytes,
            const Options& options, Console& console) {
  if (options.json) {
    auto json = json::write(features::graphReport(picture, "", wireFormat(format), ""));
    json.erase("snapshot");  // ids are an editor's
    json.erase("content");
    json["file"] = options.output;
    json["bytes"] = bytes;
    printJson(console, json);
    return;
  }
  console.printLine(printable(options.output) + ": " +
                    counted(picture.nodes.size(), "node", "nodes") + ", " +
                    counted(picture.edges.size(), "reference", "references") + "." +
                    (picture.note.empty() ? "" : " " + printable(picture.note)));
}

Result<int> run(Options& options, Console& console) {
  const auto format = formatOf(options.output);
  if (!format) return std::unexpected(format.error());
  options.params.direction = options.refs    ? api::GraphDirection::Refs
                             : options.chain ? api::GraphDirection::Chain
                                             : api::GraphDirection::Backrefs;
  options.params.theme = options.dark ? api::GraphTheme::Dark : api::GraphTheme::Light;
  options.params.transparent = false;
  if (options.params.merged) options.params.count = 0;
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  const auto made = draw(*target->analysis, options, *format, console);
  if (!made) return std::unexpected(made.error());
  const auto& [picture, content] = *made;
  if (auto written = writeFile(options.output, content); !written) {
    return std::unexpected(written.error());
  }
  report(picture, *format, content.size(), options, console);
  return 0;
}

}  // namespace

Action declareGraph(CLI::App& app) {
  auto options = std::make_shared<Options>();
  api::GraphParams& params = options->params;
  params.count = 3;
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  auto* type = app.add_option("--type", params.type, "Draw instances of this type");
  auto* id = app.add_option("--id", params.objects, "Draw the objects with these ids");
  auto* address = app.add_option("--address", options->address, "Draw the object at this address");
  type->excludes(id)->excludes(address);
  id->excludes(address);
  app.add_option("-n", params.count, "Instances to draw, spread evenly; 0 = all, by kind when many")
      ->capture_default_str();
  auto* backrefs = app.add_flag("--backrefs", options->backrefs, "What refers to them (default)");
  auto* refs = app.add_flag("--refs", options->refs, "What they refer to")->excludes(backrefs);
  app.add_flag("--chain", options->chain, "The shortest path that keeps each alive")
      ->excludes(backrefs)
      ->excludes(refs);
  app.add_flag("--merged", params.merged, "One node a kind, for all of them");
  app.add_option("--depth", params.depth, "Steps away from them")
      ->check(CLI::Range(1, 50))
      ->capture_default_str();
  app.add_option("--fan-out", params.fanOut, "Neighbours of one node; the rest is \"+N more\"")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  app.add_option("--nodes", params.maxNodes, "Nodes at most")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  app.add_flag("--refcounts", params.refcounts, "Show reference counts");
  app.add_flag("--dark", options->dark, "Colours for a dark background");
  app.add_option("-o,--output", options->output, "File to write: .svg, .png, .pdf or .dot")
      ->required();
  app.add_flag("--json", options->json, "Print the nodes and edges as JSON (docs/cli.md)");
  app.callback([type, id, address] {
    if (type->count() + id->count() + address->count() == 0) {
      throw CLI::RequiredError("--type, --id or --address");
    }
  });
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
