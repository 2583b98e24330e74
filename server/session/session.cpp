#include "server/session/session.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/json/convert.h"
#include "protocol/lsp/uri.h"
#include "protocol/rpc/errors.h"
#include "protocol/rpc/message.h"
#include "server/net/agent_connection.h"
#include "server/pictures/renderer.h"
#include "server/session/live_copies.h"
#include "server/session/settings_file.h"
#include "server/session/warm_up.h"

namespace whyalive::session {
namespace {

constexpr auto kLastWords = std::chrono::seconds(2);
constexpr auto kRefreshAfter = std::chrono::milliseconds(50);
constexpr auto kMoveDiagnosticsAfter = std::chrono::milliseconds(300);

std::unexpected<Error> notOpen(const lsp::Uri& uri) {
  return fail(ErrorCode::InvalidArgument, "the document " + uri + " is not open");
}

}  // namespace

std::shared_ptr<Session> Session::create(net::asio::any_io_executor executor,
                                         std::shared_ptr<net::Peer> peer,
                                         Surroundings surroundings) {
  std::shared_ptr<Session> session(
      new Session(std::move(executor), std::move(peer), std::move(surroundings)));
  session->route();
  return session;
}

Session::Session(net::asio::any_io_executor executor, std::shared_ptr<net::Peer> peer,
                 Surroundings surroundings)
    : executor_(executor),
      peer_(std::move(peer)),
      surroundings_(std::move(surroundings)),
      index_(surroundings_.readFile),
      copies_(std::make_shared<LiveCopies>(executor, [this] { announceState(); })),
      refresher_(executor, kRefreshAfter, [this] { refresh(); }),
      diagnosticsRefresher_(executor, kMoveDiagnosticsAfter, [this] { publishDiagnostics(); }),
      renderer_(std::make_shared<pictures::Renderer>(surroundings_.pictureHelper)),
      warmUp_(std::make_shared<WarmUp>(executor, surroundings_.background)) {
  peer_->setGate([this](std::string_view method) { return gate(method); });
  peer_->setReport([this](const std::string& problem) {
    nlohmann::json params = json::write(lsp::MessageParams{lsp::MessageType::Warning, problem});
    if (phase_ == Phase::Running) peer_->notify(lsp::LogMessage::kMethod, params);
  });
}

Session::~Session() {
  warmUp_->stop();
  if (target_ && target_->connection) target_->connection->close();
  peer_->close();
}

net::Awaitable<int> Session::run() {
  auto self = shared_from_this();
  co_await peer_->run();
  warmUp_->stop();
  co_await peer_->flush(kLastWords);
  peer_->close();
  co_return phase_ == Phase::ShutDown ? 0 : 1;
}

// LSP: initialize comes first, nothing but exit after shutdown.
std::optional<rpc::ResponseError> Session::gate(std::string_view method) const {
  if (method == lsp::Exit::kMethod) return std::nullopt;
  if (phase_ == Phase::ShutDown) {
    return rpc::ResponseError{rpc::kInvalidRequest, "the server is shut down", nullptr};
  }
  bool initialize = method == lsp::Initialize::kMethod;
  if (phase_ == Phase::New && !initialize) {
    return rpc::ResponseError{rpc::kServerNotInitialized, "initialize must come first", nullptr};
  }
  if (phase_ == Phase::Running && initialize) {
    return rpc::ResponseError{rpc::kInvalidRequest, "the server is initialized already", nullptr};
  }
  return std::nullopt;
}

Result<lsp::InitializeResult> Session::initialize(lsp::InitializeParams params) {
  auto settings = readSettings(params.initializationOptions);
  client_ = readCapabilities(params.capabilities);
  phase_ = Phase::Running;
  // Wrong settings are no reason to leave an editor without a server.
  if (settings) {
    use(std::move(*settings));
  } else {
    peer_->notify(lsp::ShowMessage::kMethod,
                  json::write(lsp::MessageParams{lsp::MessageType::Warning,
                                                 "Settings: " + settings.error().message}));
  }
  if (params.rootUri) readWorkspaceSettings(*params.rootUri);
  return lsp::InitializeResult{serverCapabilities(client_), {"whyalive", surroundings_.version}};
}

// What the program's own settings file marks as expected; the rest of it is for the command line,
// editors have settings of their own.
void Session::readWorkspaceSettings(const lsp::Uri& root) {
  const auto folder = lsp::pathFromUri(root);
  if (!folder) return;
  auto settings = findSettingsFile(*folder);
  if (settings && *settings) {
    expectedInFile_.insert((*settings)->expectedSuspects.begin(),
                           (*settings)->expectedSuspects.end());
  } else if (!settings) {
    peer_->notify(lsp::ShowMessage::kMethod,
                  json::write(lsp::MessageParams{lsp::MessageType::Warning,
                                                 "Settings: " + settings.error().text()}));
  }
}

Result<json::Null> Session::shutdown(json::Empty) {
  if (target_ && target_->connection) target_->connection->close();
  target_.reset();
  warmUp_->stop();
  phase_ = Phase::ShutDown;
  return json::Null{};
}

Result<void> Session::exit(json::Empty) {
  exited_ = true;
  peer_->stop();
  return {};
}

Result<void> Session::didOpen(lsp::DidOpenParams params) {
  lsp::TextDocumentItem& document = params.textDocument;
  std::optional<std::string> path = lsp::pathFromUri(document.uri);
  if (!path || document.languageId != "python") {
    ignoredDocuments_.insert(document.uri);
    return {};
  }
  openDocuments_[*path] = document.uri;
  index_.openBuffer(*path, std::move(document.text));
  return {};
}

Result<void> Session::didChange(lsp::DidChangeParams params) {
  const lsp::Uri& uri = params.textDocument.uri;
  if (ignoredDocuments_.contains(uri)) return {};
  std::optional<std::string> path = lsp::pathFromUri(uri);
  if (!path || !index_.isOpen(*path)) return notOpen(uri);
  for (lsp::ContentChange& one : params.contentChanges) {
    if (auto done = change(*path, std::move(one)); !done) return done;
  }
  if (published_.contains(*path)) diagnosticsRefresher_.request();
  return {};
}

// Columns are translated by the text before the edit, so edits go in one by one.
Result<void> Session::change(const std::string& path, lsp::ContentChange change) {
  if (!change.range) {
    index_.openBuffer(path, std::move(change.text));
    return {};
  }
  auto toBytes = [&](lsp::Position position) -> sources::TextPosition {
    auto line = index_.bufferLine(path, position.line);
    std::uint32_t column =
        line ? sources::toByteColumn(*line, position.character, client_.encoding) : 0;
    return {position.line, column};
  };
  sources::TextEdit edit{{toBytes(change.range->start), toBytes(change.range->end)},
                         std::move(change.text)};
  if (edit.range.end < edit.range.begin) {
    return fail(ErrorCode::InvalidArgument, "params.contentChanges: a range ends before it starts");
  }
  index_.editBuffer(path, std::span(&edit, 1));
  return {};
}

Result<void> Session::didClose(lsp::DidCloseParams params) {
  const lsp::Uri& uri = params.textDocument.uri;
  if (ignoredDocuments_.erase(uri) > 0) return {};
  std::optional<std::string> path = lsp::pathFromUri(uri);
  if (!path || openDocuments_.erase(*path) == 0) return notOpen(uri);
  index_.closeBuffer(*path);
  return {};
}

Result<void> Session::didSave(lsp::DidCloseParams params) {
  if (auto path = lsp::pathFromUri(params.textDocument.uri)) index_.forget(*path);
  return {};
}

Result<void> Session::didChangeConfiguration(lsp::DidChangeConfigurationParams params) {
  auto settings = readSettings(params.settings);
  if (!settings) return std::unexpected(settings.error());
  use(std::move(*settings));
  suspectsChanged();
  return {};
}

// What the settings say goes before what the process's root and mounts tell.
void Session::mapPaths() {
  std::vector<sources::PathRule> rules = settings_.pathRules;
  rules.insert(rules.end(), processRules_.begin(), processRules_.end());
  index_.setPathRules(std::move(rules));
  views_.clear();
}

void Session::use(Settings settings) {
  settings_ = std::move(settings);
  mapPaths();
}

Result<void> Session::cancelProgress(lsp::WorkDoneProgressCreateParams params) {
  auto found = progressCalls_.find(params.token);
  if (found == progressCalls_.end()) return {};
  if (auto call = found->second.lock()) call->request();
  return {};
}

}  // namespace whyalive::session
