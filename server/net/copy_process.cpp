#include "server/net/copy_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace whyalive::net {
namespace {

namespace wire = agent::wire;
using Json = nlohmann::json;

constexpr std::uint64_t kTheOne = 1;  // each connection has one evaluation
constexpr int kLookEveryMs = 40;
constexpr std::size_t kHeadBytes = 5;
constexpr std::uint32_t kLargestFrame = 64u << 20;
constexpr int kAfterlifeMs = 5000;  // from the end of the stream until the twin has told why

Error nonsense() {
  return {ErrorCode::Corrupt, "the frozen copy's answer cannot be understood",
          "take a new snapshot; if it happens again, please report it"};
}

bool sendAll(int stream, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(stream, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sendFrame(int stream, char kind, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(body.size());
  std::array<char, kHeadBytes> head{};
  std::memcpy(head.data(), &length, sizeof length);
  head[4] = kind;
  return sendAll(stream, {head.data(), head.size()}) && sendAll(stream, body);
}

bool sendAnswer(int stream, const HeapAnswer& answer) {
  if (const auto* json = std::get_if<Json>(&answer)) return sendFrame(stream, 'J', json->dump());
  const auto& addresses = std::get<std::vector<std::uint64_t>>(answer);
  return sendFrame(
      stream, 'A',
      {reinterpret_cast<const char*>(addresses.data()), addresses.size() * sizeof(std::uint64_t)});
}

}  // namespace

Result<std::unique_ptr<CopyProcess>> CopyProcess::start(const std::string& socket,
                                                        const CopyLimits& limits) {
  auto twin = TwinConnection::open(socket);
  if (!twin) return std::unexpected(twin.error());
  std::array<int, 2> stream{}, output{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream.data()) != 0) {
    return fail(ErrorCode::ResourceExhausted, "there are no descriptors left");
  }
  const Descriptor theirStream(stream[1]);
  Descriptor ourStream(stream[0]);
  if (pipe2(output.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::ResourceExhausted, "there are no descriptors left");
  }
  const Descriptor theirOutput(output[1]);
  Descriptor ourOutput(output[0]);
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  wire::TwinRequest request;
  request.kind = wire::TwinRequestKind::Evaluate;
  request.evaluation = kTheOne;
  request.milliseconds = static_cast<std::uint32_t>(limits.time.count());
  request.memoryBytes = limits.memoryBytes;
  const std::array<int, 2> theirs{stream[1], output[1]};
  if (auto sent = (*twin)->send(request, theirs); !sent) return std::unexpected(sent.error());
  return std::unique_ptr<CopyProcess>(
      new CopyProcess(std::move(*twin), std::move(ourStream), std::move(ourOutput)));
}

CopyProcess::~CopyProcess() = default;

Result<void> CopyProcess::tell(wire::TwinRequestKind kind, std::uint32_t milliseconds) {
  wire::TwinRequest request;
  request.kind = kind;
  request.evaluation = kTheOne;
  request.milliseconds = milliseconds;
  return twin_->send(request);
}

Result<void> CopyProcess::allow(std::chrono::milliseconds time) {
  return tell(wire::TwinRequestKind::Allow, static_cast<std::uint32_t>(time.count()));
}

// One request until its reply.
struct CopyProcess::Conversation {
  CopyProcess& process;
  const CopyHooks& hooks;
  CopyReply result;
  bool done = false;
  bool streamOpen = true, outputOpen = true;
  int waitedMs = 0;  // for the copy to tell what became of the process
  Wish wished = Wish::GoOn;

  Result<void> run() {
    while (!done) {
      std::array<pollfd, 3> waits{pollfd{streamOpen ? process.stream_.number() : -1, POLLIN, 0},
                                  pollfd{outputOpen ? process.output_.number() : -1, POLLIN, 0},
                                  pollfd{process.twin_->descriptor(), POLLIN, 0}};
      const int ready = poll(waits.data(), waits.size(), kLookEveryMs);
      if (ready < 0 && errno != EINTR) return std::unexpected(nonsense());
      if (auto fine = look(); !fine) return fine;
      if (waits[1].revents != 0) print();
      if (waits[0].revents != 0) {
        if (auto fine = readStream(); !fine) return fine;
      }
      if (!done && waits[2].revents != 0) {
        if (auto fine = readEvent(); !fine) return fine;
      }
      if ((!streamOpen || result.reply) && ready == 0 &&
          (waitedMs += kLookEveryMs) > kAfterlifeMs) {
        return std::unexpected(nonsense());
      }
    }
    print();
    return {};
  }

  Result<void> look() {
    const Wish wish = hooks.watch ? hooks.watch() : Wish::GoOn;
    if (wish == wished || wish == Wish::GoOn) return {};
    wished = wish;
    return process.tell(wish == Wish::Kill ? wire::TwinRequestKind::Kill
                                           : wire::TwinRequestKind::Interrupt);
  }

  void print() {
    std::array<char, 16384> bytes;
    ssize_t n = 0;
    while ((n = ::read(process.output_.number(), bytes.data(), bytes.size())) > 0) {
      if (hooks.print) hooks.print({bytes.data(), static_cast<std::size_t>(n)});
    }
    if (n == 0) outputOpen = false;
  }

  Result<void> readStream() {
    std::array<char, 65536> bytes;
    const ssize_t n = recv(process.stream_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (n <= 0) {
      streamOpen = false;
      return {};
    }
    process.received_.append(bytes.data(), static_cast<std::size_t>(n));
    return readFrames();
  }

  // What a process said before it ended.
  Result<void> readRest() {
    std::size_t before = process.received_.size() + 1;
    while (streamOpen && !done && process.received_.size() != before) {
      before = process.received_.size();
      if (auto fine = readStream(); !fine) return fine;
    }
    return {};
  }

  Result<void> readFrames() {
    std::string& received = process.received_;
    while (!done && received.size() >= kHeadBytes) {
      std::uint32_t length = 0;
      std::memcpy(&length, received.data(), sizeof length);
      if (length > kLargestFrame || received[4] != 'J') return std::unexpected(nonsense());
      if (received.size() < kHeadBytes + length) return {};
      const std::string body = received.substr(kHeadBytes, length);
      received.erase(0, kHeadBytes + length);
      if (auto fine = handle(body); !fine) return fine;
    }
    return {};
  }

  Result<void> handle(const std::string& body) {
    Json message = Json::parse(body, nullptr, false);
    if (!message.is_object()) return std::unexpected(nonsense());
    if (message.contains("refused")) {
      return fail(ErrorCode::Unsupported,
                  "the frozen copy cannot run Python: " +
                      (message["refused"].is_string() ? message["refused"].get<std::string>() : ""),
                  "what the snapshot itself holds can still be asked");
    }
    if (message.contains("ask")) {
      print();  // what came before the question is seen before it
      if (!hooks.answerHeap || !sendAnswer(process.stream_.number(), hooks.answerHeap(message))) {
        streamOpen = false;
      }
      return {};
    }
    if (!message.contains("reply") || !message["reply"].is_object()) {
      return std::unexpected(nonsense());
    }
    result.reply = std::make_unique<Json>(std::move(message["reply"]));
    // Who has taken over may reply before the copy has told what happened.
    done = !result.reply->contains("restored") || result.fate == CopyFate::Restored;
    return {};
  }

  Result<void> readEvent() {
    auto event = process.twin_->next();
    if (!event) return std::unexpected(event.error());
    if (!*event) return {};
    switch ((*event)->kind) {
      case wire::TwinEventKind::Refused:
        return fail(ErrorCode::ResourceExhausted,
                    std::string("the frozen copy cannot start an evaluation: ") +
                        std::strerror((*event)->code),
                    "close a console or wait for another evaluation");
      case wire::TwinEventKind::Restored:
        note(**event, CopyFate::Restored);
        done = result.reply != nullptr;
        break;
      case wire::TwinEventKind::Ended:
        if (auto fine = readRest(); !fine || done) return fine;
        note(**event, (*event)->how == wire::EvaluationEnd::TimeLimit ? CopyFate::OutOfTime
                      : (*event)->how == wire::EvaluationEnd::Killed  ? CopyFate::Killed
                                                                      : CopyFate::Crashed);
        done = true;
        break;
      default: break;
    }
    return {};
  }

  void note(const wire::TwinEvent& event, CopyFate fate) {
    result.fate = fate;
    result.signal = event.how == wire::EvaluationEnd::Exited ? 0 : event.code;
  }
};

Result<CopyReply> CopyProcess::ask(const Json& request, const CopyHooks& hooks) {
  if (!sendFrame(stream_.number(), 'J',
                 request.dump(-1, ' ', false, Json::error_handler_t::replace))) {
    return fail(ErrorCode::Disconnected, "the evaluation's process is gone", "try again");
  }
  Conversation conversation{*this, hooks, {}, false, true, true, 0, Wish::GoOn};
  if (auto fine = conversation.run(); !fine) return std::unexpected(fine.error());
  return std::move(conversation.result);
}

}  // namespace whyalive::net
