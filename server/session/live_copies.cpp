#include "server/session/live_copies.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <utility>

#include "server/net/copy_guard.h"
#include "server/net/proc_files.h"
#include "server/net/signal.h"
#include "server/net/twin_connection.h"

namespace whyalive::session {
namespace {

using namespace std::chrono_literals;
namespace asio = net::asio;

constexpr std::size_t kEvaluationsAtOnce = 2;
constexpr auto kMeasureEvery = 10s;
constexpr std::uint64_t kWorthTelling = std::uint64_t{4} << 20;  // of growth

std::uint64_t ownBytesOf(std::int64_t pid, std::uint64_t otherwise) {
  const auto rollup = net::readProcFile("/proc/" + std::to_string(pid) + "/smaps_rollup");
  return rollup ? net::parsePrivateBytes(*rollup) : otherwise;
}

}  // namespace

struct LiveCopies::Copy {
  std::string socket;
  std::shared_ptr<net::TwinConnection> connection;
  asio::posix::stream_descriptor readable;  // of a duplicate: the connection owns the original
  std::int64_t pid = 0;
  std::uint64_t ownBytes = 0;
  std::string warning;
};

LiveCopies::LiveCopies(asio::any_io_executor executor, std::function<void()> changed)
    : executor_(std::move(executor)), pool_(kEvaluationsAtOnce), changed_(std::move(changed)) {}

LiveCopies::~LiveCopies() {
  boost::system::error_code ignored;
  for (auto& [snapshot, copy] : copies_) copy->readable.close(ignored);
}

JoinedCopy LiveCopies::join(const std::string& socket) {
  if (socket.empty()) return {};
  auto connection = net::TwinConnection::open(socket);
  if (!connection) return {};
  return {socket, std::move(*connection)};
}

void LiveCopies::add(const std::string& snapshot, const JoinedCopy& joined, std::size_t most) {
  const auto& welcome = joined.connection->welcome();
  asio::posix::stream_descriptor readable(executor_, dup(joined.connection->descriptor()));
  auto copy =
      std::make_shared<Copy>(Copy{joined.socket, joined.connection, std::move(readable),
                                  welcome.pid, welcome.ownBytes, net::copyWarning(welcome)});
  copies_[snapshot] = copy;
  order_.push_back(snapshot);
  while (order_.size() > std::max<std::size_t>(most, 1)) {
    const std::string oldest = order_.front();
    forget(oldest, {ErrorCode::Disconnected,
                    "the frozen copy of " + oldest + " has made way for that of a newer snapshot",
                    "ask the newest one, or set values.copies higher"});
  }
  asio::co_spawn(executor_, watch(snapshot, copy), asio::detached);
}

// Until the copy ends; now and then looks how it has grown.
net::Awaitable<void> LiveCopies::watch(std::string snapshot, std::shared_ptr<Copy> copy) {
  using asio::experimental::awaitable_operators::operator||;
  std::weak_ptr<LiveCopies> weak = weak_from_this();
  for (;;) {
    boost::system::error_code error;
    auto first =
        co_await (copy->readable.async_wait(asio::posix::stream_descriptor::wait_read,
                                            asio::redirect_error(asio::use_awaitable, error)) ||
                  net::sleepFor(kMeasureEvery));
    auto self = weak.lock();
    if (!self || !self->copies_.contains(snapshot)) co_return;
    if (first.index() == 1) {
      self->measure(*copy);
      continue;
    }
    auto said = copy->connection->next();
    if (said && !error) continue;
    self->ended(snapshot,
                said ? Error{ErrorCode::Disconnected, error.message(), ""} : said.error());
    co_return;
  }
}

// A copy grows while the process writes to what both still shared.
void LiveCopies::measure(Copy& copy) {
  const std::uint64_t now = ownBytesOf(copy.pid, copy.ownBytes);
  if (now < copy.ownBytes + kWorthTelling && copy.ownBytes < now + kWorthTelling) return;
  copy.ownBytes = now;
  changed_();
}

bool LiveCopies::forget(const std::string& snapshot, const Error& why) {
  const auto found = copies_.find(snapshot);
  if (found == copies_.end()) return false;
  boost::system::error_code ignored;
  found->second->readable.close(ignored);
  found->second->connection.reset();
  copies_.erase(found);
  std::erase(order_, snapshot);
  ended_[snapshot] = why;
  return true;
}

void LiveCopies::ended(const std::string& snapshot, const Error& why) {
  if (forget(snapshot, why)) changed_();
}

void LiveCopies::release(const std::string& snapshot) {
  ended(snapshot, {ErrorCode::Disconnected,
                   "the frozen copy of " + snapshot + " has ended: somebody asked it to",
                   "take a new snapshot"});
}

Result<std::string> LiveCopies::socketOf(const std::string& snapshot) const {
  if (const auto found = copies_.find(snapshot); found != copies_.end()) {
    return found->second->socket;
  }
  if (const auto found = ended_.find(snapshot); found != ended_.end()) {
    return std::unexpected(found->second);
  }
  return fail(ErrorCode::Unsupported,
              "there is no frozen copy of the process for " + snapshot + " to ask for values",
              "take a snapshot of the running process with values.enabled");
}

std::optional<api::SnapshotCopy> LiveCopies::stateOf(const std::string& snapshot) const {
  const auto found = copies_.find(snapshot);
  if (found == copies_.end()) return std::nullopt;
  const Copy& copy = *found->second;
  return api::SnapshotCopy{copy.pid, copy.ownBytes, copy.warning};
}

}  // namespace whyalive::session
