// The questions above a class, for editors that have no view of their own for the answers: told in
// a message, or shown as a picture; the whole answer is the command's result.
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/lsp/uri.h"
#include "server/net/descriptor.h"
#include "server/net/descriptor_io.h"
#include "server/net/typed.h"
#include "server/session/session.h"

namespace whyalive::session {
namespace {

constexpr std::string_view kWhyAlive = "whyalive.tellWhyAlive";
constexpr std::string_view kShowInstances = "whyalive.tellInstances";
constexpr std::string_view kShowPicture = "whyalive.drawInstances";
constexpr std::uint32_t kTold = 5;      // lines of a message
constexpr std::uint32_t kPictured = 3;  // instances in a picture

struct ClassArguments {
  std::string type;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &ClassArguments::type)};
  }
};

std::string told(const api::PathsResult& paths, const std::string& type) {
  std::string text = std::to_string(paths.objects) + " " + type + ", kept by";
  for (const api::RetainingPath& path : paths.paths) {
    text += "\n" + std::to_string(path.count) + " × " + path.expression;
  }
  if (paths.unreachable > 0) {
    text += "\n" + std::to_string(paths.unreachable) + " × nothing: they wait for the collector";
  }
  return text;
}

std::string told(const api::ObjectsResult& objects, const std::string& type) {
  std::string text = std::to_string(objects.total.count) + " " + type + ", " +
                     std::to_string(objects.total.retained) + " bytes retained. The largest:";
  for (const api::ObjectRow& row : objects.rows) {
    text += "\n" + row.expression + " (id " + std::to_string(row.id) + ", " +
            std::to_string(row.retained) + " bytes)";
  }
  return text;
}

// A new file, readable by its owner alone: it shows what the process holds.
Result<std::string> writePicture(const std::string& svg) {
  constexpr std::string_view kEnding = ".svg";
  std::string path =
      std::filesystem::temp_directory_path().string() + "/whyalive-XXXXXX" + std::string(kEnding);
  const net::Descriptor file(mkstemps(path.data(), static_cast<int>(kEnding.size())));
  if (file && net::writeAll(file.number(), svg, net::Wake())) return path;
  return fail(ErrorCode::ResourceExhausted, "cannot write " + path);
}

}  // namespace

bool Session::isQuestion(const std::string& command) {
  return command == kWhyAlive || command == kShowInstances || command == kShowPicture;
}

Session::Task<nlohmann::json> Session::askAboutClass(lsp::ExecuteCommandParams params,
                                                     LongCall call) {
  auto self = shared_from_this();
  const nlohmann::json argument = params.arguments.empty() ? nullptr : params.arguments[0];
  auto wanted = json::parse<ClassArguments>(argument, "params.arguments[0]");
  if (!wanted) co_return std::unexpected(wanted.error());
  const std::string type = wanted->type;
  if (params.command == kShowPicture) {
    api::GraphParams graphParams;
    graphParams.type = type;
    graphParams.count = kPictured;
    graphParams.transparent = false;
    auto drawn = co_await graph(graphParams, call);
    if (!drawn) co_return std::unexpected(drawn.error());
    const auto path = writePicture(drawn->content);
    if (!path) co_return std::unexpected(path.error());
    if (client_.showDocument) {
      lsp::ShowDocumentParams show{lsp::uriFromPath(*path), true, std::nullopt, true};
      (void)co_await net::ask<lsp::ShowDocument>(peer_, std::move(show), call.cancellation);
    }
    co_return nlohmann::json{{"uri", lsp::uriFromPath(*path)}};
  }
  if (params.command == kShowInstances) {
    api::ObjectsParams which;
    which.type = type;
    which.limit = kTold;
    auto listed = co_await objects(which, call);
    if (!listed) co_return std::unexpected(listed.error());
    net::tell<lsp::ShowMessage>(*peer_, {lsp::MessageType::Info, told(*listed, type)});
    co_return json::write(*listed);
  }
  api::PathsParams which;
  which.type = type;
  which.count = kTold;
  auto found = co_await paths(which, call);
  if (!found) co_return std::unexpected(found.error());
  net::tell<lsp::ShowMessage>(*peer_, {lsp::MessageType::Info, told(*found, type)});
  co_return json::write(*found);
}

}  // namespace whyalive::session
