// The language features of a session: pick the file's view, let the pure function answer.
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/lsp/diagnostics.h"
#include "protocol/lsp/uri.h"
#include "server/features/code_actions.h"
#include "server/features/code_lenses.h"
#include "server/features/diagnostics.h"
#include "server/features/hover.h"
#include "server/features/inlay_hints.h"
#include "server/net/typed.h"
#include "server/session/session.h"
#include "server/sources/live_facts.h"

namespace whyalive::session {
namespace {

constexpr std::size_t kMaxViews = 200;

template <class M>
net::Awaitable<void> askAndForget(std::shared_ptr<net::Peer> peer) {
  typename M::Params nothing;
  (void)co_await net::ask<M>(peer, nothing);
}

}  // namespace

// What a feature sees of a file; null before there is a snapshot and for files we cannot read.
std::shared_ptr<const features::FileView> Session::viewOf(const std::string& path) {
  SnapshotPtr now = store_.current();
  auto file = now ? index_.file(path) : nullptr;
  if (!file) return nullptr;
  CachedView& cached = views_[path];
  if (cached.view && cached.file == file && cached.view->snapshot == now->id) return cached.view;
  std::vector<SnapshotPtr> earlier = store_.earlier(*now);
  SnapshotPtr since = earlier.empty() ? nullptr : earlier.back();
  if (!cached.facts || cached.now != now || cached.since != since) {
    cached.facts = std::make_shared<sources::HeapFacts>(
        *now->analysis, since ? since->analysis.get() : nullptr, index_.processPath(path));
    cached.now = now;
    cached.since = since;
  }
  auto annotations = sources::annotate(*cached.facts, *suspects_, *file, settings_.annotations);
  auto view = std::make_shared<features::FileView>(features::FileView{
      path,
      now->id,
      features::TextLines(file, client_.encoding),
      std::move(annotations),
      suspects_,
      {client_.plainText ? features::Markup::PlainText : features::Markup::Markdown,
       client_.ownQuestions ? features::Answers::ByClient : features::Answers::ByServer}});
  cached.file = std::move(file);
  cached.view = view;
  if (views_.size() > kMaxViews) views_.clear();
  return view;
}

features::TextLines Session::linesOf(const std::string& path) {
  return {index_.file(path), client_.encoding};
}

Result<std::vector<lsp::InlayHint>> Session::inlayHints(lsp::InlayHintParams params) {
  auto path = lsp::pathFromUri(params.textDocument.uri);
  auto view = path && settings_.hints ? viewOf(*path) : nullptr;
  if (!view) return std::vector<lsp::InlayHint>();
  return features::inlayHints(*view, params.range,
                              client_.inlayHintResolveDetail ? features::HintDetail::OnResolve
                                                             : features::HintDetail::Full);
}

Result<lsp::InlayHint> Session::resolveInlayHint(lsp::InlayHint hint) {
  auto file = features::fileOfHint(hint);
  auto view = file ? viewOf(*file) : nullptr;
  if (!view) return hint;
  return features::resolveInlayHint(*view, std::move(hint));
}

Result<std::vector<lsp::CodeLens>> Session::codeLenses(lsp::CodeLensParams params) {
  auto path = lsp::pathFromUri(params.textDocument.uri);
  auto view = path && settings_.codeLenses ? viewOf(*path) : nullptr;
  if (!view) return std::vector<lsp::CodeLens>();
  return features::codeLenses(*view);
}

Result<lsp::CodeLens> Session::resolveCodeLens(lsp::CodeLens lens) {
  if (!lens.data) return lens;
  auto file = features::fileOfLens(lens);
  auto view = file ? viewOf(*file) : nullptr;
  if (!view) {
    lens.command = lsp::Command{"out of date", "", std::nullopt};
    return lens;
  }
  return features::resolveCodeLens(*view, std::move(lens));
}

Result<std::optional<lsp::Hover>> Session::hover(lsp::TextDocumentPositionParams params) {
  auto path = lsp::pathFromUri(params.textDocument.uri);
  auto view = path ? viewOf(*path) : nullptr;
  if (!view) return std::optional<lsp::Hover>();
  return features::hover(*view, params.position);
}

Result<std::vector<lsp::CodeAction>> Session::codeActions(lsp::CodeActionParams params) {
  auto path = lsp::pathFromUri(params.textDocument.uri);
  auto view = path ? viewOf(*path) : nullptr;
  if (!view) return std::vector<lsp::CodeAction>();
  return features::codeActions(*view, params.textDocument.uri, params.range, params.context);
}

lsp::Uri Session::uriOf(const std::string& path) const {
  auto open = openDocuments_.find(path);
  return open != openDocuments_.end() ? open->second : lsp::uriFromPath(path);
}

void Session::publishDiagnostics() {
  std::map<std::string, std::vector<lsp::Diagnostic>> byFile;
  if (suspects_) {
    byFile = features::diagnostics(*suspects_,
                                   [this](const std::string& file) { return linesOf(file); });
  }
  for (const std::string& file : published_) byFile.try_emplace(file);  // clears what is gone
  published_.clear();
  for (auto& [file, all] : byFile) {
    if (!all.empty()) published_.insert(file);
    for (lsp::Diagnostic& one : all) {
      if (!client_.relatedInformation) one.relatedInformation.reset();
    }
    net::tell<lsp::PublishDiagnostics>(*peer_, {uriOf(file), std::move(all)});
  }
}

void Session::refresh() {
  if (phase_ != Phase::Running) return;
  if (client_.inlayHintRefresh) {
    net::asio::co_spawn(executor_, askAndForget<lsp::InlayHintRefresh>(peer_), net::asio::detached);
  }
  if (client_.codeLensRefresh) {
    net::asio::co_spawn(executor_, askAndForget<lsp::CodeLensRefresh>(peer_), net::asio::detached);
  }
}

}  // namespace whyalive::session
