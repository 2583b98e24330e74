// A scripted editor at the other end of a session, in memory: no processes, no timing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/net/peer.h"
#include "server/session/session.h"

namespace whyalive::session {

using Json = nlohmann::json;
using Files = std::map<std::string, std::string>;  // path → text

class ScriptedEditor {
 public:
  // Files that the session may read, by path; `threads` do its slow work, several of them also what
  // it does in the background.
  explicit ScriptedEditor(Files files = {}, std::size_t threads = 1);
  ~ScriptedEditor();

  // Sends and waits for the answer; an error comes as {"code", "message", "data"}.
  Json request(const std::string& method, const Json& params = nullptr);
  Json error(const std::string& method, const Json& params = nullptr);
  // Sends and goes on; the outcome is filled in later.
  std::shared_ptr<std::optional<Result<Json>>> start(
      const std::string& method, const Json& params = nullptr,
      std::shared_ptr<net::Cancellation> cancellation = nullptr);
  void notify(const std::string& method, const Json& params);
  void until(const std::function<bool()>& done);
  void settle();  // handles whatever is ready now
  // Lets the session do what it does in the background while nobody asks, to the end; how many
  // pieces of work that was.
  int idle();

  Json initialize(const Json& capabilities = fullCapabilities(), const Json& options = nullptr);
  static Json fullCapabilities();
  void open(const std::string& path, const std::string& text);
  Json hints(const std::string& path);
  // Writes this content to a file and opens it as a snapshot.
  Json openSnapshot(const std::vector<std::uint8_t>& bytes, const std::string& label = "");

  // What the session has sent by itself, by method, oldest first.
  std::map<std::string, std::vector<Json>> notified;
  std::map<std::string, std::vector<Json>> asked;
  std::optional<int> exitCode;

 private:
  boost::asio::thread_pool pool_;
  boost::asio::io_context background_;  // of one thread: runs in idle() only
  boost::asio::io_context context_;
  std::shared_ptr<net::Peer> peer_;
  std::shared_ptr<Session> session_;
  std::string folder_;
  int snapshots_ = 0;
};

}  // namespace whyalive::session
