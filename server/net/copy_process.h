// CopyProcess: one evaluation in a frozen copy, or one console there: a process of the copy's own
// that runs Python behind a filter (docs/decisions/0007). Requests and replies are JSON; meanwhile
// the process may ask what only the snapshot knows, and prints.
//
// Blocking; one thread at a time. Closing it ends the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/result.h"
#include "server/net/twin_connection.h"

namespace whyalive::net {

struct CopyLimits {
  std::chrono::milliseconds time{0};  // of the process as a whole; 0: none
  std::uint64_t memoryBytes = std::uint64_t{512} << 20;
};

// To a question to the heap: JSON, or addresses of objects.
using HeapAnswer = std::variant<nlohmann::json, std::vector<std::uint64_t>>;
using AnswerHeap = std::function<HeapAnswer(const nlohmann::json& question)>;

enum class Wish { GoOn, Interrupt, Kill };

struct CopyHooks {
  AnswerHeap answerHeap;
  std::function<void(std::string_view)> print;
  std::function<Wish()> watch;  // asked every 40 ms
};

enum class CopyFate {
  Replied,
  Restored,   // the input killed the process; the state before it has taken over and replied
  Crashed,    // by a signal
  OutOfTime,  // it took longer than its limit
  Killed,     // by our wish
};

struct CopyReply {
  CopyFate fate = CopyFate::Replied;
  int signal = 0;
  std::unique_ptr<nlohmann::json> reply;  // an object; null when there is none
};

class CopyProcess {
 public:
  // `socket`: of the copy.
  static Result<std::unique_ptr<CopyProcess>> start(const std::string& socket,
                                                    const CopyLimits& limits);
  ~CopyProcess();

  // An error: the copy itself has ended, or talks nonsense.
  Result<CopyReply> ask(const nlohmann::json& request, const CopyHooks& hooks);

  // From now on it may take so long; 0: any time.
  Result<void> allow(std::chrono::milliseconds time);

 private:
  struct Conversation;
  CopyProcess(std::unique_ptr<TwinConnection> twin, Descriptor stream, Descriptor output)
      : twin_(std::move(twin)), stream_(std::move(stream)), output_(std::move(output)) {}
  Result<void> tell(agent::wire::TwinRequestKind kind, std::uint32_t milliseconds = 0);

  std::unique_ptr<TwinConnection> twin_;
  Descriptor stream_;
  Descriptor output_;
  std::string received_;  // of the stream, not a whole frame yet
};

}  // namespace whyalive::net
