// Which message goes to which member of Session. The types check each other; see net/typed.h.
#include "server/net/typed.h"
#include "server/session/session.h"

namespace whyalive::session {
namespace {

template <class M, class R>
void quick(Session* session, net::Peer& peer, R (Session::*member)(typename M::Params)) {
  net::on<M>(peer, [session, member](typename M::Params params) {
    return (session->*member)(std::move(params));
  });
}

template <class M>
void slow(Session* session, net::Peer& peer,
          Session::Task<typename M::Result> (Session::*member)(typename M::Params, net::LongCall)) {
  net::on<M>(peer, [session, member](typename M::Params params, net::LongCall call) {
    return (session->*member)(std::move(params), std::move(call));
  });
}

}  // namespace

void Session::route() {
  net::Peer& peer = *peer_;
  quick<lsp::Initialize>(this, peer, &Session::initialize);
  quick<lsp::Shutdown>(this, peer, &Session::shutdown);
  quick<lsp::Exit>(this, peer, &Session::exit);
  quick<lsp::DidOpen>(this, peer, &Session::didOpen);
  quick<lsp::DidChange>(this, peer, &Session::didChange);
  quick<lsp::DidClose>(this, peer, &Session::didClose);
  quick<lsp::DidSave>(this, peer, &Session::didSave);
  quick<lsp::DidChangeConfiguration>(this, peer, &Session::didChangeConfiguration);
  quick<lsp::WorkDoneProgressCancel>(this, peer, &Session::cancelProgress);

  quick<lsp::InlayHintRequest>(this, peer, &Session::inlayHints);
  quick<lsp::InlayHintResolve>(this, peer, &Session::resolveInlayHint);
  quick<lsp::CodeLensRequest>(this, peer, &Session::codeLenses);
  quick<lsp::CodeLensResolve>(this, peer, &Session::resolveCodeLens);
  quick<lsp::HoverRequest>(this, peer, &Session::hover);
  quick<lsp::CodeActionRequest>(this, peer, &Session::codeActions);
  slow<lsp::ExecuteCommand>(this, peer, &Session::executeCommand);

  slow<api::Processes>(this, peer, &Session::processes);
  slow<api::Launch>(this, peer, &Session::launch);
  slow<api::Attach>(this, peer, &Session::attach);
  slow<api::Memory>(this, peer, &Session::memory);
  quick<api::Detach>(this, peer, &Session::detach);
  slow<api::Counts>(this, peer, &Session::counts);
  slow<api::TakeSnapshot>(this, peer, &Session::takeSnapshot);
  slow<api::OpenSnapshot>(this, peer, &Session::openSnapshot);
  slow<api::SaveSnapshot>(this, peer, &Session::saveSnapshot);
  quick<api::CloseSnapshot>(this, peer, &Session::closeSnapshot);
  slow<api::Partition>(this, peer, &Session::partition);
  slow<api::Objects>(this, peer, &Session::objects);
  slow<api::Object>(this, peer, &Session::object);
  slow<api::Referrers>(this, peer, &Session::referrers);
  slow<api::Referents>(this, peer, &Session::referents);
  slow<api::Paths>(this, peer, &Session::paths);
  slow<api::Dominators>(this, peer, &Session::dominators);
  slow<api::Flame>(this, peer, &Session::flame);
  slow<api::Cycles>(this, peer, &Session::cycles);
  slow<api::Classes>(this, peer, &Session::classes);
  slow<api::Diff>(this, peer, &Session::diff);
  slow<api::Timeline>(this, peer, &Session::timeline);
  slow<api::Suspects>(this, peer, &Session::suspects);
  slow<api::Evaluate>(this, peer, &Session::evaluate);
  quick<api::ReleaseCopy>(this, peer, &Session::releaseCopy);
  slow<api::Sql>(this, peer, &Session::sql);
  quick<api::SqlSchema>(this, peer, &Session::sqlSchema);
  slow<api::Graph>(this, peer, &Session::graph);
}

}  // namespace whyalive::session
