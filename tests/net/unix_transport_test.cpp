#include "server/net/unix_transport.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/net/descriptor.h"
#include "tests/support/catch.h"

namespace whyalive::net {
namespace {

// A socket whose queue of waiting clients is full.
class CrowdedDoor {
 public:
  CrowdedDoor() {
    char name[] = "/tmp/whyalive-test-XXXXXX";
    folder_ = mkdtemp(name);
    address_.sun_family = AF_UNIX;
    std::strncpy(address_.sun_path, path().c_str(), sizeof address_.sun_path - 1);
    REQUIRE(bind(listener_.number(), address(), sizeof address_) == 0);
    REQUIRE(listen(listener_.number(), 2) == 0);
    do waiting_.emplace_back(unixSocket());
    while (connect(waiting_.back().number(), address(), sizeof address_) == 0);
    REQUIRE(errno == EAGAIN);
  }
  ~CrowdedDoor() { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/agent.sock"; }
  // Lets in everybody who waits.
  void open() {
    for (int fd; (fd = accept(listener_.number(), nullptr, nullptr)) >= 0;) Descriptor{fd};
  }

 private:
  static int unixSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

  std::string folder_;
  sockaddr_un address_{};
  Descriptor listener_{unixSocket()};
  std::vector<Descriptor> waiting_;
};

using Connected = Result<std::unique_ptr<UnixTransport>>;

Awaitable<void> connectTo(std::string path, std::optional<Connected>* connected) {
  connected->emplace(co_await UnixTransport::connect(std::move(path)));
}

}  // namespace

TEST_CASE("a client waits a moment at a door that is crowded") {
  CrowdedDoor door;
  asio::io_context context;
  std::optional<Connected> connected;
  asio::co_spawn(context, connectTo(door.path(), &connected), asio::detached);
  context.poll();
  REQUIRE_FALSE(connected.has_value());

  SECTION("and is let in when the others are") {
    door.open();
    context.run();
    REQUIRE(connected.has_value());
    CHECK(connected->has_value());
  }
  SECTION("but not for ever") {
    context.run();
    REQUIRE(connected.has_value());
    REQUIRE_FALSE(connected->has_value());
    CHECK(connected->error().code == ErrorCode::ResourceExhausted);
    CHECK(connected->error().message == "too many clients wait for the agent at " + door.path());
  }
}

}  // namespace whyalive::net
