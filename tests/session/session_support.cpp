#include "tests/session/session_support.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "protocol/lsp/uri.h"
#include "server/net/transport.h"
#include "tests/support/catch.h"

namespace whyalive::session {
namespace {

namespace asio = boost::asio;
using Outcome = std::shared_ptr<std::optional<Result<Json>>>;

net::Awaitable<void> ask(std::shared_ptr<net::Peer> peer, std::string method, Json params,
                         std::shared_ptr<net::Cancellation> cancellation, Outcome outcome) {
  *outcome = co_await peer->request(method, params, cancellation);
}

net::Awaitable<void> serve(std::shared_ptr<net::Peer> peer) { (void)co_await peer->run(); }

const char* const kOwnNotifications[] = {"window/logMessage", "window/showMessage",
                                         "textDocument/publishDiagnostics", "whyalive/stateChanged",
                                         "$/progress"};
const char* const kOwnRequests[] = {"workspace/inlayHint/refresh", "workspace/codeLens/refresh",
                                    "window/showDocument", "window/workDoneProgress/create"};

}  // namespace

ScriptedEditor::ScriptedEditor(Files files, std::size_t threads) : pool_(threads) {
  char name[] = "/tmp/whyalive-session-XXXXXX";
  folder_ = mkdtemp(name);
  auto executor = context_.get_executor();
  auto [here, there] = net::joinedTransports(executor);
  peer_ = std::make_shared<net::Peer>(executor, std::move(here));
  for (const char* method : kOwnNotifications) {
    peer_->onNotification(method, [this, method](const Json& params) {
      notified[method].push_back(params);
      return Result<void>();
    });
  }
  for (const char* method : kOwnRequests) {
    peer_->onRequest(method, [this, method](const Json& params) -> Result<Json> {
      asked[method].push_back(params);
      return Json{{"success", true}};
    });
  }
  Surroundings surroundings;
  surroundings.pool = pool_.get_executor();
  surroundings.background = background_.get_executor();
  if (threads > 1) surroundings.background = pool_.get_executor();
  surroundings.runtimeFolder = folder_;
  surroundings.version = "test";
  surroundings.pictureHelper = {"/bin/sh", "-c", "cat"};  // "draws" what it is given
  surroundings.readFile = [files](const std::string& path) -> Result<std::string> {
    auto found = files.find(path);
    if (found == files.end()) return fail(ErrorCode::NotFound, "no such file");
    return found->second;
  };
  session_ = Session::create(executor, std::make_shared<net::Peer>(executor, std::move(there)),
                             std::move(surroundings));
  asio::co_spawn(context_, serve(peer_), asio::detached);
  asio::co_spawn(context_, session_->run(),
                 [this](std::exception_ptr bug, int code) { exitCode = bug ? -1 : code; });
}

ScriptedEditor::~ScriptedEditor() {
  peer_->close();
  until([this] { return exitCode.has_value(); });
  pool_.join();
  settle();
  std::filesystem::remove_all(folder_);
}

void ScriptedEditor::settle() {
  context_.restart();
  context_.poll();
}

int ScriptedEditor::idle() {
  int pieces = 0;
  for (settle(); background_.restart(), background_.poll_one() == 1; settle()) ++pieces;
  return pieces;
}

void ScriptedEditor::until(const std::function<bool()>& done) {
  auto guard = asio::make_work_guard(context_);
  context_.restart();
  while (!done()) {
    // Only a failing test waits that long.
    if (context_.run_one_for(std::chrono::minutes(2)) == 0) FAIL("nothing happens any more");
  }
}

Outcome ScriptedEditor::start(const std::string& method, const Json& params,
                              std::shared_ptr<net::Cancellation> cancellation) {
  auto outcome = std::make_shared<std::optional<Result<Json>>>();
  asio::co_spawn(context_, ask(peer_, method, params, std::move(cancellation), outcome),
                 asio::detached);
  settle();
  return outcome;
}

Json ScriptedEditor::request(const std::string& method, const Json& params) {
  auto outcome = start(method, params);
  until([&] { return outcome->has_value(); });
  if (!**outcome) FAIL(method << ": " << (*outcome)->error().text());
  return ***outcome;
}

Json ScriptedEditor::error(const std::string& method, const Json& params) {
  auto outcome = start(method, params);
  until([&] { return outcome->has_value(); });
  if (**outcome) FAIL(method << " answered " << (***outcome).dump());
  return {{"message", (*outcome)->error().message}, {"remedy", (*outcome)->error().remedy}};
}

void ScriptedEditor::notify(const std::string& method, const Json& params) {
  peer_->notify(method, params);
  settle();
}

Json ScriptedEditor::fullCapabilities() {
  return Json::parse(R"({
    "window": {"showDocument": {"support": true}, "workDoneProgress": true},
    "workspace": {"inlayHint": {"refreshSupport": true}, "codeLens": {"refreshSupport": true}},
    "textDocument": {"inlayHint": {"resolveSupport": {"properties": ["tooltip"]}},
                     "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {}}},
                     "publishDiagnostics": {"relatedInformation": true}}})");
}

Json ScriptedEditor::initialize(const Json& capabilities, const Json& options) {
  Json params{{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", capabilities}};
  if (!options.is_null()) params["initializationOptions"] = options;
  Json result = request("initialize", params);
  notify("initialized", Json::object());
  return result;
}

void ScriptedEditor::open(const std::string& path, const std::string& text) {
  notify("textDocument/didOpen", {{"textDocument",
                                   {{"uri", lsp::uriFromPath(path)},
                                    {"languageId", "python"},
                                    {"version", 1},
                                    {"text", text}}}});
}

Json ScriptedEditor::hints(const std::string& path) {
  return request("textDocument/inlayHint", {{"textDocument", {{"uri", lsp::uriFromPath(path)}}},
                                            {"range",
                                             {{"start", {{"line", 0}, {"character", 0}}},
                                              {"end", {{"line", 100000}, {"character", 0}}}}}});
}

Json ScriptedEditor::openSnapshot(const std::vector<std::uint8_t>& bytes,
                                  const std::string& label) {
  std::string path = folder_ + "/" + std::to_string(++snapshots_) + ".whyalive";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return request("whyalive/openSnapshot", {{"path", path}, {"label", label}});
}

}  // namespace whyalive::session
