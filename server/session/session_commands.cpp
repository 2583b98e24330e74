// workspace/executeCommand, and which suspects this session shows.
#include <nlohmann/json.hpp>
#include <utility>

#include "server/features/current_place.h"
#include "server/features/expected_suspects.h"
#include "server/features/leak_location.h"
#include "server/net/typed.h"
#include "server/session/session.h"

namespace whyalive::session {
namespace {

constexpr std::string_view kJumpToLeak = "whyalive.jumpToLeak";
constexpr std::string_view kJumpToHolder = "whyalive.jumpToHolder";
constexpr std::string_view kExpectSuspect = "whyalive.expectSuspect";
// Methods of our own as commands, for editors that can send no other requests.
constexpr std::string_view kAttach = "whyalive/attach";
constexpr std::string_view kSnapshot = "whyalive/snapshot";
constexpr std::string_view kOpenSnapshot = "whyalive/openSnapshot";

struct JumpArguments {
  std::uint32_t rank = 0;  // 0: the first with a line
  static constexpr auto fields() {
    return std::tuple{json::defaulted("rank", &JumpArguments::rank)};
  }
};

struct ExpectArguments {
  std::string signature;
  static constexpr auto fields() {
    return std::tuple{json::required("signature", &ExpectArguments::signature)};
  }
};

// The one process that has an agent in it; an error when there is not exactly one.
Result<std::int64_t> onlyProcess(const std::vector<api::Process>& processes) {
  std::int64_t pid = 0;
  int loaded = 0;
  for (const api::Process& one : processes) {
    if (one.agent != api::AgentState::Loaded) continue;
    pid = one.pid;
    ++loaded;
  }
  if (loaded == 1) return pid;
  return fail(ErrorCode::NotFound,
              loaded == 0 ? "no process has an agent in it"
                          : std::to_string(loaded) + " processes have an agent in them",
              "name one: {\"pid\": 4711}");
}

// Commands take one object, which may be left out where all of it may.
template <class T>
Result<T> argumentsOf(const lsp::ExecuteCommandParams& params) {
  if (params.arguments.empty()) return json::parse<T>(nullptr, "params.arguments[0]");
  return json::parse<T>(params.arguments[0], "params.arguments[0]");
}

}  // namespace

Session::Task<nlohmann::json> Session::executeCommand(lsp::ExecuteCommandParams params,
                                                      LongCall call) {
  auto self = shared_from_this();
  if (params.command == kJumpToLeak || params.command == kJumpToHolder) {
    co_return co_await jump(std::move(params), std::move(call));
  }
  if (params.command == kExpectSuspect) co_return expectSuspect(params);
  if (params.command == kAttach) co_return co_await attachByCommand(std::move(params), call);
  if (params.command == kSnapshot) {
    auto which = argumentsOf<api::SnapshotParams>(params);
    if (!which) co_return std::unexpected(which.error());
    auto taken = co_await takeSnapshot(*which, call);
    if (!taken) co_return std::unexpected(taken.error());
    co_return json::write(*taken);
  }
  if (params.command == kOpenSnapshot) {
    auto which = argumentsOf<api::OpenSnapshotParams>(params);
    if (!which) co_return std::unexpected(which.error());
    auto opened = co_await openSnapshot(*which, call);
    if (!opened) co_return std::unexpected(opened.error());
    co_return json::write(*opened);
  }
  if (isQuestion(params.command))
    co_return co_await askAboutClass(std::move(params), std::move(call));
  co_return fail(ErrorCode::InvalidArgument,
                 "params.command: there is no command " + params.command);
}

Session::Task<nlohmann::json> Session::attachByCommand(lsp::ExecuteCommandParams params,
                                                       LongCall call) {
  auto self = shared_from_this();
  api::AttachParams whom;
  if (params.arguments.empty()) {
    json::Empty nothing;
    auto all = co_await processes(nothing, call);
    if (!all) co_return std::unexpected(all.error());
    auto pid = onlyProcess(all->processes);
    if (!pid) co_return std::unexpected(pid.error());
    whom.pid = *pid;
  } else {
    auto named = argumentsOf<api::AttachParams>(params);
    if (!named) co_return std::unexpected(named.error());
    whom = *named;
  }
  auto attached = co_await attach(whom, call);
  if (!attached) co_return std::unexpected(attached.error());
  co_return json::write(*attached);
}

Session::Task<nlohmann::json> Session::jump(lsp::ExecuteCommandParams params, LongCall call) {
  auto self = shared_from_this();
  auto wanted = argumentsOf<JumpArguments>(params);
  if (!wanted) co_return std::unexpected(wanted.error());
  features::LinesOf lines = [this](const std::string& file) { return linesOf(file); };
  std::optional<lsp::Location> target;
  std::string file;
  for (std::size_t i = 0; suspects_ && !target && i < suspects_->size(); ++i) {
    const sources::LocatedSuspect& one = (*suspects_)[i];
    if (wanted->rank != 0 && one.suspect.rank != wanted->rank) continue;
    const sources::Location* place =
        params.command == kJumpToLeak ? features::leakLocation(one) : features::holderLocation(one);
    if (!place) continue;
    target = features::currentPlace(lines, *place);
    file = place->file;
  }
  if (!target) co_return nlohmann::json(nullptr);
  target->uri = uriOf(file);
  if (client_.showDocument) {
    lsp::ShowDocumentParams show{target->uri, true, target->range, std::nullopt};
    (void)co_await net::ask<lsp::ShowDocument>(peer_, std::move(show), call.cancellation);
  }
  co_return json::write(*target);
}

Result<nlohmann::json> Session::expectSuspect(const lsp::ExecuteCommandParams& params) {
  auto which = argumentsOf<ExpectArguments>(params);
  if (!which) return std::unexpected(which.error());
  expectedHere_.insert(which->signature);
  suspectsChanged();
  return nlohmann::json(nullptr);
}

std::set<std::string> Session::expectedSuspects() const {
  std::set<std::string> all = expectedHere_;
  all.insert(expectedInFile_.begin(), expectedInFile_.end());
  all.insert(settings_.expectedSuspects.begin(), settings_.expectedSuspects.end());
  return all;
}

features::Suspects Session::suspectsOf(const SnapshotPtr& snapshot) const {
  return std::make_shared<const std::vector<sources::LocatedSuspect>>(
      features::withoutExpected(snapshot->suspects, expectedSuspects()));
}

// A new snapshot, or other suspects of the same: everything the editor shows follows, once.
void Session::suspectsChanged() {
  SnapshotPtr now = store_.current();
  suspects_ = now ? suspectsOf(now) : nullptr;
  views_.clear();
  publishDiagnostics();
  refresher_.request();
  announceState();
}

}  // namespace whyalive::session
