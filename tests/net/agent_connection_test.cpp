// The server's side of the agent socket, against an agent that does whatever a test wants: it runs
// on a thread of this process, so that pid and user are really ours.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "protocol/agent/runtime_folder.h"
#include "protocol/base/base64.h"
#include "protocol/rpc/frame_decoder.h"
#include "protocol/rpc/message.h"
#include "server/net/descriptor.h"
#include "server/net/take_snapshot.h"
#include "tests/support/catch.h"

namespace whyalive::net {
namespace {

using Json = nlohmann::json;

// A runtime folder of our own for one test.
class RuntimeFolder {
 public:
  RuntimeFolder() {
    char name[] = "/tmp/whyalive-test-XXXXXX";
    path_ = mkdtemp(name);
    setenv("WHYALIVE_RUNTIME_DIR", path_.c_str(), 1);
  }
  ~RuntimeFolder() {
    unsetenv("WHYALIVE_RUNTIME_DIR");
    std::filesystem::remove_all(path_);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int memoryFile(const std::string& content, bool sealed) {
  int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  REQUIRE(write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  if (sealed) fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return fd;
}

// Serves one client at a time on a thread: `script` answers each request, or hangs up by false.
class FakeAgent {
 public:
  using Script = std::function<bool(FakeAgent& agent, const Json& request)>;

  FakeAgent(const std::string& folder, Script script) : script_(std::move(script)) {
    std::string path = agent::socketPath(folder, getpid());
    listener_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_.number(), 4) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeAgent() {
    shutdown(listener_.number(), SHUT_RDWR);
    thread_.join();
  }

  void send(const std::string& body, int descriptor = -1) {
    std::string frame = rpc::encodeFrame(body);
    iovec part{frame.data(), frame.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* one = CMSG_FIRSTHDR(&message);
      one->cmsg_level = SOL_SOCKET;
      one->cmsg_type = SCM_RIGHTS;
      one->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(one), &descriptor, sizeof descriptor);
    }
    sendmsg(client_.number(), &message, MSG_NOSIGNAL);
    if (descriptor >= 0) ::close(descriptor);
  }
  void answer(const Json& request, const Json& result, int descriptor = -1) {
    send(rpc::formatResult(request["id"].get<std::int64_t>(), result), descriptor);
  }

  std::vector<Json> heard;

 private:
  void serve() {
    for (;;) {
      int number = accept(listener_.number(), nullptr, nullptr);
      if (number < 0) return;
      client_ = Descriptor(number);
      rpc::FrameDecoder decoder;
      char bytes[4096];
      bool more = true;
      while (more) {
        ssize_t count = recv(client_.number(), bytes, sizeof bytes, 0);
        if (count <= 0) break;
        decoder.feed({bytes, static_cast<std::size_t>(count)});
        while (auto body = decoder.next()) {
          heard.push_back(Json::parse(body->value()));
          more = more && script_(*this, heard.back());
        }
      }
      client_ = Descriptor();
    }
  }

  Script script_;
  Descriptor listener_, client_;
  std::thread thread_;
};

Json helloOf(const Json& request) {
  CHECK(request["params"]["protocol"] == 1);
  return {{"protocol", 1},
          {"formatVersion", 1},
          {"agentVersion", "0.1.0"},
          {"pid", getpid()},
          {"python", "3.11.7"},
          {"executable", "/usr/bin/python3"},
          {"command", {"python3", "x.py"}},
          {"startTime", "now"}};
}

std::string piece(std::uint64_t offset, std::string_view bytes) {
  return rpc::formatNotification("agent/piece", {{"offset", offset}, {"data", toBase64(bytes)}});
}

Json statistics(std::size_t bytes) {
  return {{"bytes", bytes}, {"objectCount", 10}, {"edgeCount", 20},    {"stoppedNs", 1},
          {"waitedNs", 2},  {"walkNs", 3},       {"phasesNs", {1, 2}}, {"mode", "twin"}};
}

// Answers hello properly and leaves agent/snapshot to the test.
FakeAgent::Script onSnapshot(FakeAgent::Script script) {
  return [script](FakeAgent& agent, const Json& request) {
    if (request["method"] == "agent/hello") {
      agent.answer(request, helloOf(request));
      return true;
    }
    return script(agent, request);
  };
}

std::string textOf(const SnapshotBytes& bytes) {
  auto view = bytes.view();
  return {reinterpret_cast<const char*>(view.data()), view.size()};
}

template <class T>
Error errorOf(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error();
}

TEST_CASE("a snapshot arrives with its memory, its figures and its progress") {
  RuntimeFolder folder;
  bool sealed = GENERATE(true, false);
  FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                    CHECK(request["params"]["mode"] == "twin");
                    CHECK(request["params"]["textLimit"] == 77);
                    self.send(R"({"jsonrpc":"2.0","method":"agent/progress",
                  "params":{"step":"walking","fraction":0.5}})");
                    self.answer(request, statistics(12), memoryFile("the snapshot", sealed));
                    return true;
                  }));
  auto taken = takeSnapshot(getpid(), {.mode = SnapshotMode::Twin, .textLimit = 77});
  if (!taken) FAIL(taken.error().text());
  CHECK(textOf(taken->bytes) == "the snapshot");
  CHECK(taken->statistics.objectCount == 10);
  CHECK(taken->statistics.stoppedNs == 1);
  CHECK(taken->agent.python == "3.11.7");
  CHECK(taken->agent.command == std::vector<std::string>{"python3", "x.py"});
}

TEST_CASE("a snapshot whose descriptor is lost on its way comes again, in pieces") {
  RuntimeFolder folder;
  std::vector<std::string> asked;
  FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                    asked.push_back(request["params"]["transfer"].get<std::string>());
                    if (asked.back() == "stream") {
                      self.send(piece(0, "the sn"));
                      self.send(piece(6, "apshot"));
                    }
                    self.answer(request, statistics(12));
                    return true;
                  }));
  auto taken = takeSnapshot(getpid());
  if (!taken) FAIL(taken.error().text());
  CHECK(textOf(taken->bytes) == "the snapshot");
  CHECK(asked == std::vector<std::string>{"descriptor", "stream"});
}

TEST_CASE("an agent that breaks its promises is refused, each in its own words") {
  RuntimeFolder folder;
  SECTION("another size") {
    FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                      self.answer(request, statistics(99), memoryFile("short", true));
                      return true;
                    }));
    CHECK(errorOf(takeSnapshot(getpid())).message ==
          "the agent promised a snapshot of 99 bytes and sent 5");
  }
  SECTION("neither a descriptor nor pieces") {
    FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                      self.answer(request, statistics(5));
                      return true;
                    }));
    CHECK(errorOf(takeSnapshot(getpid())).code == ErrorCode::Corrupt);
  }
  SECTION("a piece is missing") {
    FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                      self.send(piece(3, "cond"));
                      self.answer(request, statistics(7));
                      return true;
                    }));
    CHECK(errorOf(takeSnapshot(getpid())).message.ends_with(" sent 0 bytes of a snapshot of 7"));
  }
  SECTION("a pipe instead of memory") {
    FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                      int ends[2];
                      REQUIRE(pipe(ends) == 0);
                      ::close(ends[1]);
                      self.answer(request, statistics(5), ends[0]);
                      return true;
                    }));
    CHECK(errorOf(takeSnapshot(getpid())).message == "what the agent sent is no snapshot");
  }
  SECTION("a reply of the wrong shape") {
    FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
                      self.answer(request, {{"bytes", "many"}});
                      return true;
                    }));
    Error error = errorOf(takeSnapshot(getpid()));
    CHECK(error.code == ErrorCode::Corrupt);
    CHECK(error.message == "agent/snapshot.bytes: type must be number, but is string");
  }
  SECTION("an error of its own keeps its kind and remedy") {
    FakeAgent agent(
        folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
          self.send(rpc::formatError(rpc::RequestId(request["id"].get<std::int64_t>()),
                                     {-32803, "clone is refused",
                                      Json{{"kind", "resource-exhausted"}, {"remedy", "wait"}}}));
          return true;
        }));
    Error error = errorOf(takeSnapshot(getpid()));
    CHECK(error.code == ErrorCode::ResourceExhausted);
    CHECK(error.text() == "clone is refused; wait");
  }
  SECTION("another version") {
    FakeAgent agent(folder.path(), [&](FakeAgent& self, const Json& request) {
      Json hello = helloOf(request);
      hello["formatVersion"] = 9;
      self.answer(request, hello);
      return true;
    });
    Error error = errorOf(takeSnapshot(getpid()));
    CHECK(error.code == ErrorCode::Unsupported);
    CHECK(error.message.find("snapshot format 9") != std::string::npos);
  }
  SECTION("it hangs up in the middle") {
    FakeAgent agent(folder.path(), onSnapshot([&](FakeAgent&, const Json&) { return false; }));
    Error error = errorOf(takeSnapshot(getpid()));
    CHECK(error.code == ErrorCode::Disconnected);
    CHECK(error.message.find("closed the connection") != std::string::npos);
  }
}

TEST_CASE("a cancelled snapshot tells the agent and ends") {
  RuntimeFolder folder;
  Json asked;
  FakeAgent agent(
      folder.path(), onSnapshot([&](FakeAgent& self, const Json& request) {
        if (request["method"] == "agent/snapshot") {
          asked = request;
        } else if (request["method"] == "$/cancelRequest") {
          CHECK(request["params"]["id"] == asked["id"]);
          self.send(rpc::formatError(rpc::RequestId(asked["id"].get<std::int64_t>()),
                                     {-32800, "cancelled", Json{{"kind", "cancelled"}}}));
        }
        return true;
      }));
  RunControl stop([](std::string_view, double) { return false; });
  CHECK(errorOf(takeSnapshot(getpid(), {}, stop)).code == ErrorCode::Cancelled);
}

TEST_CASE("an agent that says nothing is told of, and a cancelled request of it ends") {
  RuntimeFolder folder;
  const bool greets = GENERATE(false, true);
  CAPTURE(greets);
  const FakeAgent::Script silence = [](FakeAgent&, const Json&) { return true; };
  FakeAgent agent(folder.path(), greets ? onSnapshot(silence) : silence);
  std::string told;
  RunControl untilTold([&](std::string_view step, double) {
    if (step.find("has not answered yet") != std::string_view::npos) told = step;
    return told.empty();
  });
  CHECK(errorOf(takeSnapshot(getpid(), {}, untilTold)).code == ErrorCode::Cancelled);
  CHECK(told == "waiting for the agent in process " + std::to_string(getpid()) +
                    ", which has not answered yet");
}

TEST_CASE("an agent that never greets is given up") {
  RuntimeFolder folder;
  FakeAgent agent(folder.path(), [](FakeAgent&, const Json&) { return true; });
  const Error error = errorOf(askAgent(getpid()));
  CHECK(error.code == ErrorCode::Disconnected);
  CHECK(error.message == "the agent in process " + std::to_string(getpid()) + " does not answer");
}

TEST_CASE("whatever keeps us from an agent has its own sentence") {
  RuntimeFolder folder;
  SECTION("no such process") {
    Error error = errorOf(askAgent(0x3fffffff));
    CHECK(error.code == ErrorCode::NotFound);
    CHECK(error.message == "there is no process 1073741823");
  }
  SECTION("a process that has ended but is not yet waited for") {
    pid_t child = fork();
    if (child == 0) _exit(0);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    CHECK(errorOf(askAgent(child)).code == ErrorCode::NotFound);
    waitpid(child, nullptr, 0);
  }
  SECTION("not a Python") {
    Error error = errorOf(askAgent(getpid()));
    CHECK(error.code == ErrorCode::Unsupported);
    CHECK(error.message.find("is not a Python process") != std::string::npos);
  }
  SECTION("a folder that others can write") {
    chmod(folder.path().c_str(), 0777);
    Error error = errorOf(askAgent(getpid()));
    CHECK(error.code == ErrorCode::PermissionDenied);
    CHECK(error.remedy == "run chmod 700 " + folder.path());
  }
  SECTION("a symbolic link instead of a folder") {
    std::string link = folder.path() + "/link";
    REQUIRE(symlink(folder.path().c_str(), link.c_str()) == 0);
    setenv("WHYALIVE_RUNTIME_DIR", link.c_str(), 1);
    CHECK(errorOf(askAgent(getpid())).message == link + " is not a folder");
  }
  SECTION("a socket that another process serves") {
    // The parent's socket under the child's number: what a planted socket looks like.
    pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(0);
    }
    FakeAgent agent(folder.path(), [](FakeAgent&, const Json&) { return true; });
    std::filesystem::rename(agent::socketPath(folder.path(), getpid()),
                            agent::socketPath(folder.path(), child));
    Error error = errorOf(askAgent(child));
    CHECK(error.code == ErrorCode::PermissionDenied);
    CHECK(error.message.find("is served by somebody else") != std::string::npos);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
}

TEST_CASE("a mapped snapshot cannot be changed or cut by who made it") {
  int fd = memoryFile("frozen", false);
  int keep = dup(fd);
  auto bytes = SnapshotBytes::fromDescriptor(fd, 6);
  REQUIRE(bytes);
  CHECK((ftruncate(keep, 0) != 0 || textOf(*bytes) == "frozen"));
  CHECK((pwrite(keep, "XX", 2, 0) < 0 || textOf(*bytes) == "frozen"));
  CHECK(textOf(*bytes) == "frozen");
  SnapshotBytes moved = std::move(*bytes);
  CHECK(textOf(moved) == "frozen");
  ::close(keep);
}

TEST_CASE("memory that is still being written is copied, not mapped") {
  int fd = memoryFile("original", false);
  int keep = dup(fd);
  void* writable = mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, keep, 0);
  auto bytes = SnapshotBytes::fromDescriptor(fd, 8);
  REQUIRE(bytes);
  std::memcpy(writable, "CHANGED!", 8);
  CHECK(textOf(*bytes) == "original");
  munmap(writable, 8);
  ::close(keep);
}

}  // namespace
}  // namespace whyalive::net
