// Session: one editor. Picks the state that a request is about, lets a pure feature or a slow
// analysis answer, and keeps what lasts: documents, snapshots, the attached process.
//
// Three lanes: notifications and quick requests run here, in order; slow work runs on the pool over
// frozen data and comes home. Everything else belongs to the one executor. The peer's handlers
// refer to the session, which therefore closes the peer when it goes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/lsp/code_action.h"
#include "protocol/lsp/code_lens.h"
#include "protocol/lsp/command.h"
#include "protocol/lsp/documents.h"
#include "protocol/lsp/hover.h"
#include "protocol/lsp/inlay_hint.h"
#include "protocol/lsp/lifecycle.h"
#include "protocol/lsp/window.h"
#include "protocol/whyalive/classes.h"
#include "protocol/whyalive/counts.h"
#include "protocol/whyalive/cycles.h"
#include "protocol/whyalive/diff.h"
#include "protocol/whyalive/dominators.h"
#include "protocol/whyalive/evaluate.h"
#include "protocol/whyalive/graph.h"
#include "protocol/whyalive/memory.h"
#include "protocol/whyalive/objects.h"
#include "protocol/whyalive/partition.h"
#include "protocol/whyalive/paths.h"
#include "protocol/whyalive/processes.h"
#include "protocol/whyalive/snapshots.h"
#include "protocol/whyalive/sql.h"
#include "protocol/whyalive/suspects.h"
#include "server/features/file_view.h"
#include "server/net/long_call.h"
#include "server/net/peer.h"
#include "server/session/client_capabilities.h"
#include "server/session/progress.h"
#include "server/session/refresher.h"
#include "server/session/settings.h"
#include "server/session/snapshot_store.h"
#include "server/sources/source_index.h"

namespace whyalive::sources {
class HeapFacts;
}

namespace whyalive::net {
class AgentConnection;
struct TakenSnapshot;
}  // namespace whyalive::net
namespace whyalive::pictures {
class Renderer;
}

namespace whyalive::session {

class LiveCopies;
class WarmUp;
struct JoinedCopy;

// What the session needs of the world; tests bring their own.
struct Surroundings {
  net::asio::any_io_executor pool;  // for slow work
  sources::FileReader readFile;
  std::string runtimeFolder;  // of the agents' sockets
  std::string version;
  std::vector<std::string> pictureHelper = {};  // command that draws; see pictures/renderer.h
  // One thread for what nobody waits for yet (warm_up.h); none: nothing of that is done.
  net::asio::any_io_executor background = {};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  template <class T>
  using Task = net::Awaitable<Result<T>>;
  using LongCall = net::LongCall;

  static std::shared_ptr<Session> create(net::asio::any_io_executor executor,
                                         std::shared_ptr<net::Peer> peer,
                                         Surroundings surroundings);
  ~Session();

  // Serves until the editor goes; the exit code LSP asks for.
  net::Awaitable<int> run();

 private:
  enum class Phase { New, Running, ShutDown };
  struct Target {
    pid_t pid = 0;
    std::shared_ptr<net::AgentConnection> connection;
    std::string command;
    std::string python;
    bool alive = true;
  };
  struct CachedView {
    std::shared_ptr<const sources::SourceFile> file;
    std::shared_ptr<const features::FileView> view;
    // What the snapshot says of the file; an edit changes nothing of it. It looks at both
    // snapshots.
    std::shared_ptr<const sources::HeapFacts> facts;
    SnapshotPtr now, since;
  };

  Session(net::asio::any_io_executor executor, std::shared_ptr<net::Peer> peer,
          Surroundings surroundings);
  void route();  // routes.cpp: which message goes where
  std::optional<rpc::ResponseError> gate(std::string_view method) const;

  // Lifecycle and documents (session.cpp).
  Result<lsp::InitializeResult> initialize(lsp::InitializeParams params);
  Result<json::Null> shutdown(json::Empty);
  Result<void> exit(json::Empty);
  Result<void> didOpen(lsp::DidOpenParams params);
  Result<void> didChange(lsp::DidChangeParams params);
  Result<void> didClose(lsp::DidCloseParams params);
  Result<void> didSave(lsp::DidCloseParams params);
  Result<void> didChangeConfiguration(lsp::DidChangeConfigurationParams params);
  Result<void> cancelProgress(lsp::WorkDoneProgressCreateParams params);
  Result<void> change(const std::string& path, lsp::ContentChange change);
  void use(Settings settings);
  void mapPaths();
  void readWorkspaceSettings(const lsp::Uri& root);

  // Language features (session_features.cpp).
  Result<std::vector<lsp::InlayHint>> inlayHints(lsp::InlayHintParams params);
  Result<lsp::InlayHint> resolveInlayHint(lsp::InlayHint hint);
  Result<std::vector<lsp::CodeLens>> codeLenses(lsp::CodeLensParams params);
  Result<lsp::CodeLens> resolveCodeLens(lsp::CodeLens lens);
  Result<std::optional<lsp::Hover>> hover(lsp::TextDocumentPositionParams params);
  Result<std::vector<lsp::CodeAction>> codeActions(lsp::CodeActionParams params);
  std::shared_ptr<const features::FileView> viewOf(const std::string& path);
  features::TextLines linesOf(const std::string& path);
  lsp::Uri uriOf(const std::string& path) const;
  void publishDiagnostics();
  void refresh();

  // Commands and suspects (session_commands.cpp).
  Task<nlohmann::json> executeCommand(lsp::ExecuteCommandParams params, LongCall call);
  Task<nlohmann::json> attachByCommand(lsp::ExecuteCommandParams params, LongCall call);
  Task<nlohmann::json> jump(lsp::ExecuteCommandParams params, LongCall call);
  Task<nlohmann::json> askAboutClass(lsp::ExecuteCommandParams params, LongCall call);
  static bool isQuestion(const std::string& command);
  Result<nlohmann::json> expectSuspect(const lsp::ExecuteCommandParams& params);
  std::set<std::string> expectedSuspects() const;
  features::Suspects suspectsOf(const SnapshotPtr& snapshot) const;
  void suspectsChanged();

  // Processes (session_target.cpp).
  Task<api::ProcessesResult> processes(json::Empty params, LongCall call);
  Task<api::LaunchResult> launch(api::LaunchParams params, LongCall call);
  Task<api::AttachResult> attach(api::AttachParams params, LongCall call);
  Task<api::MemoryResult> memory(api::MemoryParams params, LongCall call);  // session_memory.cpp
  Result<json::Empty> detach(api::DetachParams params);
  Task<api::CountsResult> counts(api::CountsParams params, LongCall call);
  // The connection to that process, or to the attached one; attaches when it is another.
  Task<std::shared_ptr<net::AgentConnection>> connected(std::optional<std::int64_t> pid,
                                                        LongCall call);
  Task<std::shared_ptr<net::AgentConnection>> join(pid_t pid, bool load, LongCall call);
  std::function<void(std::string_view step, double fraction)> showWhenLate(LongCall call,
                                                                           std::string title);
  net::Awaitable<void> showLate(std::shared_ptr<std::shared_ptr<WorkProgress>> shown, LongCall call,
                                std::string title, std::string step);
  void adopt(std::shared_ptr<net::AgentConnection> connection);
  void targetLost(pid_t pid, const Error& why);
  void announceState();

  // Snapshots and what is asked of them (session_heap.cpp).
  Task<api::SnapshotResult> takeSnapshot(api::SnapshotParams params, LongCall call);
  Task<api::SnapshotResult> openSnapshot(api::OpenSnapshotParams params, LongCall call);
  Task<api::SaveSnapshotResult> saveSnapshot(api::SaveSnapshotParams params, LongCall call);
  Task<api::PartitionResult> partition(api::PartitionParams params, LongCall call);
  Task<api::SuspectsResult> suspects(api::SuspectsParams params, LongCall call);

  // Values out of frozen copies (session_values.cpp).
  Task<api::EvaluateResult> evaluate(api::EvaluateParams params, LongCall call);
  // Nothing when there is no copy, or it gives none.
  net::Awaitable<std::optional<api::LiveValue>> liveValue(std::string snapshot,
                                                          std::uint32_t object,
                                                          std::shared_ptr<net::Cancellation> call);
  Result<json::Empty> releaseCopy(api::ReleaseCopyParams params);
  api::SnapshotEntry entryOf(const StoredSnapshot& one) const;

  // What is asked of objects (session_objects.cpp) and of several snapshots (session_compare.cpp).
  Task<api::ObjectsResult> objects(api::ObjectsParams params, LongCall call);
  Task<api::ObjectResult> object(api::ObjectParams params, LongCall call);
  Task<api::ReferencesResult> referrers(api::ReferencesParams params, LongCall call);
  Task<api::ReferencesResult> referents(api::ReferencesParams params, LongCall call);
  Task<api::PathsResult> paths(api::PathsParams params, LongCall call);
  Task<api::DominatorsResult> dominators(api::DominatorsParams params, LongCall call);
  Task<api::FlameResult> flame(api::FlameParams params, LongCall call);
  Task<api::CyclesResult> cycles(api::CyclesParams params, LongCall call);
  Task<api::ClassesResult> classes(api::ClassesParams params, LongCall call);
  Task<api::DiffResult> diff(api::DiffParams params, LongCall call);
  Task<api::TimelineResult> timeline(api::TimelineParams params, LongCall call);
  Result<json::Empty> closeSnapshot(api::CloseSnapshotParams params);
  template <class M, class Answer>
  Task<typename M::Result> question(typename M::Params params, LongCall call, std::string title,
                                    Answer answer, std::string table = "");  // question.h

  // Questions that a person makes up (session_questions.cpp).
  Task<api::SqlResult> sql(api::SqlParams params, LongCall call);
  Result<api::SqlSchemaResult> sqlSchema(json::Empty);
  Task<api::GraphResult> graph(api::GraphParams params, LongCall call);
  std::shared_ptr<WorkProgress> report(const LongCall& call, std::string title);

  // Somebody looks at this table of a snapshot, and will at others: a pause of the warm-up, which
  // prepares them from then on. `since` is what they are compared with; not said: as before.
  std::shared_ptr<const void> lookAt(const SnapshotPtr& now, std::string table);
  std::shared_ptr<const void> lookAt(const SnapshotPtr& now, const SnapshotPtr& since,
                                     const std::string& table);

  Task<SnapshotPtr> keep(std::shared_ptr<const net::SnapshotBytes> content, std::string label,
                         JoinedCopy copy, RunControl control);

  net::Awaitable<std::shared_ptr<WorkProgress>> begin(LongCall call, std::string title);

  net::asio::any_io_executor executor_;
  std::shared_ptr<net::Peer> peer_;
  Surroundings surroundings_;
  Phase phase_ = Phase::New;
  bool exited_ = false;

  ClientCapabilities client_;
  Settings settings_;
  sources::SourceIndex index_;
  std::vector<sources::PathRule> processRules_;    // of the process that was attached last
  std::map<std::string, lsp::Uri> openDocuments_;  // local path → as the editor calls it
  std::set<lsp::Uri> ignoredDocuments_;            // open, but nothing for us
  SnapshotStore store_;
  std::shared_ptr<LiveCopies> copies_;
  std::optional<Target> target_;
  features::Suspects suspects_;           // of the current snapshot, without expected ones
  std::set<std::string> expectedHere_;    // signatures marked in this session
  std::set<std::string> expectedInFile_;  // by the workspace's settings file
  std::map<std::string, CachedView> views_;
  std::set<std::string> published_;  // files whose diagnostics the editor shows
  std::map<lsp::ProgressToken, std::weak_ptr<net::Cancellation>> progressCalls_;
  std::int64_t lastToken_ = 0;
  Refresher refresher_;
  Refresher diagnosticsRefresher_;                // statements move while someone types
  std::shared_ptr<pictures::Renderer> renderer_;  // used on the pool
  std::shared_ptr<WarmUp> warmUp_;
};

}  // namespace whyalive::session
