// JSON-RPC bodies and the params of every message: whatever arrives is read or refused with an
// error that a client can be told, and what was read survives being written and read again.
#include <string>
#include <tuple>

#include "protocol/agent/messages.h"
#include "protocol/json/convert.h"
#include "protocol/rpc/message.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/message_list.h"

namespace whyalive {
namespace {

template <class Params>
void readAs(const nlohmann::json& params) {
  const Result<Params> read = json::parse<Params>(params, "params");
  if (!read) {
    EXPECT(!read.error().message.empty());
    return;
  }
  const nlohmann::json written = json::write(*read);
  const Result<Params> again = json::parse<Params>(written, "params");
  EXPECT(again);
  EXPECT(json::write(*again) == written);
  (void)rpc::dump(written);
}

// By its method if one is named, else as all of them: a fuzzer needs not guess names.
void readParams(const std::string& method, const nlohmann::json& params) {
  bool known = false;
  auto one = [&]<class M>() {
    if (method == M::kMethod) known = true, readAs<typename M::Params>(params);
  };
  std::apply([&]<class... M>(fuzz::Of<M>...) { (one.template operator()<M>(), ...); },
             fuzz::kMessages);
  if (known) return;
  std::apply([&]<class... M>(fuzz::Of<M>...) { (readAs<typename M::Params>(params), ...); },
             fuzz::kMessages);
  readAs<agent::wire::HelloParams>(params);
  readAs<agent::wire::HelloResult>(params);
  readAs<agent::wire::SnapshotParams>(params);
  readAs<agent::wire::SnapshotResult>(params);
  readAs<agent::wire::CountsParams>(params);
  readAs<agent::wire::CountsResult>(params);
  readAs<agent::wire::ExecuteParams>(params);
  readAs<agent::wire::ExecuteResult>(params);
  readAs<agent::wire::MemoryResult>(params);
  readAs<agent::wire::Piece>(params);
  readAs<agent::wire::Progress>(params);
}

struct Reader {
  void operator()(const rpc::Request& request) const {
    readParams(request.method, request.params);
    const auto again =
        rpc::parseMessage(rpc::formatRequest(request.id, request.method, request.params));
    const auto* same = again ? std::get_if<rpc::Request>(&*again) : nullptr;
    EXPECT(same != nullptr && same->id == request.id && same->method == request.method);
  }
  void operator()(const rpc::Notification& notification) const {
    readParams(notification.method, notification.params);
    EXPECT(rpc::parseMessage(rpc::formatNotification(notification.method, notification.params)));
  }
  void operator()(const rpc::Response& response) const {
    if (response.outcome && response.id) {
      EXPECT(rpc::parseMessage(rpc::formatResult(*response.id, *response.outcome)));
    } else if (!response.outcome) {
      EXPECT(rpc::parseMessage(rpc::formatError(response.id, response.outcome.error())));
    }
  }
};

}  // namespace
}  // namespace whyalive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto message = rpc::parseMessage(body);
  if (message) {
    std::visit(Reader{}, *message);
  } else {
    EXPECT(!message.error().error.message.empty());
    EXPECT(rpc::parseMessage(rpc::formatError(message.error().id, message.error().error)));
  }
  return 0;
}
