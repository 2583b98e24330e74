// whyalive lsp: the language server, one editor on stdin and stdout.
#include <sched.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "protocol/agent/runtime_folder.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/net/peer.h"
#include "server/net/stdio_transport.h"
#include "server/net/thrown.h"
#include "server/pictures/graphviz.h"
#include "server/session/session.h"

namespace whyalive::cli {
namespace {

namespace asio = net::asio;

// One thread waits on the editor and the agents; these do the slow work.
constexpr std::size_t kPoolThreads = 2;

// For what nobody waits for: its thread never displaces another one of ours when both could run.
void givePrecedence(asio::thread_pool& background) {
  asio::post(background, [] {
    const sched_param none{};
    sched_setscheduler(0, SCHED_BATCH, &none);  // where that is refused it works all the same
  });
}

Result<std::string> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return fail(ErrorCode::NotFound, "cannot read " + path);
  return std::move(text).str();
}

Result<int> serve() {
  asio::thread_pool pool(kPoolThreads), background(1);
  givePrecedence(background);
  asio::io_context context(1);
  auto executor = context.get_executor();
  auto peer = std::make_shared<net::Peer>(
      executor, std::make_unique<net::StdioTransport>(STDIN_FILENO, STDOUT_FILENO));
  session::Surroundings surroundings{pool.get_executor(),
                                     readFile,
                                     agent::runtimeFolder(),
                                     WHYALIVE_VERSION,
                                     {"/proc/self/exe", std::string(pictures::kHelperWord)},
                                     background.get_executor()};
  auto session = session::Session::create(executor, peer, std::move(surroundings));
  std::optional<Result<int>> outcome;
  asio::co_spawn(executor, session->run(), [&](std::exception_ptr bug, int code) {
    outcome = bug ? Result<int>(std::unexpected(net::thrownError(bug, "the session"))) : code;
    context.stop();
  });
  context.run();
  // What still runs on the pools sees its request cancelled, or that it is not wanted any more, and
  // ends soon.
  pool.join();
  background.join();
  return outcome.value_or(1);
}

}  // namespace

Action declareLsp(CLI::App& options) {
  // Clients add it by habit; there is no other way to talk.
  options.add_flag("--stdio")->description("Talk on stdin and stdout (always so)");
  return [](Console&) { return serve(); };
}

}  // namespace whyalive::cli
