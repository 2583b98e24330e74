// One evaluation in a frozen copy, as an editor asks for it.
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/features/copy_report.h"
#include "server/features/heap_questions.h"
#include "server/net/copy_process.h"
#include "server/session/live_copies.h"
#include "server/session/sql_desk.h"

namespace whyalive::session {
namespace {

constexpr std::size_t kMostOutput = std::size_t{1} << 20;
// Beyond the soft limit, which leaves a traceback: for what cannot be interrupted.
constexpr std::chrono::milliseconds kGrace{2000};

api::EvaluateError fatal(const net::CopyReply& reply, std::uint32_t timeoutMs) {
  api::EvaluateError error;
  if (reply.fate == net::CopyFate::OutOfTime) {
    error.kind = api::EvaluateFailure::Timeout;
    error.message = "it took longer than " + std::to_string(timeoutMs) +
                    " ms and could not be interrupted; its process was ended";
    return error;
  }
  error.kind = api::EvaluateFailure::Crash;
  error.message = "the interpreter of the evaluation broke off";
  if (reply.signal > 0) {
    error.message +=
        " (signal " + std::to_string(reply.signal) + ", " + strsignal(reply.signal) + ")";
  }
  error.message += "; the process, the copy and the snapshot are unharmed";
  return error;
}

}  // namespace

Result<api::EvaluateResult> evaluateInCopy(const StoredSnapshot& snapshot,
                                           const std::string& socket,
                                           const api::EvaluateParams& params,
                                           const net::Cancellation& call) {
  const auto began = std::chrono::steady_clock::now();
  const auto request = features::copyRequest(*snapshot.analysis, params);
  if (!request) return std::unexpected(request.error());
  net::CopyLimits limits;
  limits.time = std::chrono::milliseconds(params.timeoutMs) + kGrace;
  auto process = net::CopyProcess::start(socket, limits);
  if (!process) return std::unexpected(process.error());
  api::EvaluateResult result;
  result.snapshot = snapshot.id;
  net::CopyHooks hooks;
  hooks.answerHeap = [&snapshot](const nlohmann::json& question) {
    const auto sql = [&snapshot](const std::string& text) {
      return snapshot.desk->query(text, {}, {});
    };
    return features::answerHeapQuestion(*snapshot.analysis, sql, question);
  };
  hooks.print = [&result](std::string_view text) {
    result.output += text.substr(0, kMostOutput - std::min(kMostOutput, result.output.size()));
  };
  hooks.watch = [&call] { return call.requested() ? net::Wish::Kill : net::Wish::GoOn; };
  auto reply = (*process)->ask(*request, hooks);
  if (!reply) return std::unexpected(reply.error());
  if (call.requested()) return fail(ErrorCode::Cancelled, "the evaluation was cancelled");
  if (reply->reply) {
    if (auto fine = features::readCopyReply(*snapshot.analysis, *reply->reply, result); !fine) {
      return std::unexpected(fine.error());
    }
  } else {
    result.error.value = fatal(*reply, params.timeoutMs);
  }
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - began;
  result.elapsedMs = spent.count();
  return result;
}

}  // namespace whyalive::session
