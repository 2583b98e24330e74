// FrameDecoder: however a stream is cut into pieces, the same bodies and errors come out, and what
// encodeFrame wrote comes out unchanged, whatever stood before it (once the decoder is in step).
#include <string>
#include <vector>

#include "protocol/rpc/frame_decoder.h"
#include "tests/fuzz/input.h"

namespace whyalive {
namespace {

constexpr rpc::FrameLimits kLimits{.header = 256, .body = 4096};

std::vector<std::string> decode(std::string_view stream, std::size_t piece) {
  rpc::FrameDecoder decoder(kLimits);
  std::vector<std::string> out;
  while (!stream.empty()) {
    decoder.feed(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    while (auto body = decoder.next()) {
      EXPECT(!*body || (*body)->size() <= kLimits.body);
      out.push_back(*body ? "body " + **body : "error " + body->error().message);
    }
  }
  (void)decoder.finish();
  return out;
}

}  // namespace
}  // namespace whyalive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  fuzz::Input input(data, size);
  const std::size_t piece = 1 + input.byte() % 64;
  const std::string_view stream = input.rest();
  const std::vector<std::string> whole = decode(stream, stream.size() + 1);
  const std::vector<std::string> pieces = decode(stream, piece);
  EXPECT(whole == pieces);

  const std::string_view body = stream.substr(0, kLimits.body);
  const std::string frame = rpc::encodeFrame(body);
  const std::vector<std::string> back = decode(frame + frame, piece);
  EXPECT(back.size() == 2 && back[0] == back[1] && back[0] == "body " + std::string(body));
  return 0;
}
