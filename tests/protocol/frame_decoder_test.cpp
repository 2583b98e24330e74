#include "protocol/rpc/frame_decoder.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace whyalive::rpc {
namespace {

// Everything a decoder says about a stream: bodies as they are, errors as "!message".
std::vector<std::string> decode(std::string_view stream, std::size_t portion,
                                FrameLimits limits = {}) {
  FrameDecoder decoder(limits);
  std::vector<std::string> said;
  for (std::size_t at = 0; at < stream.size(); at += portion) {
    decoder.feed(stream.substr(at, portion));
    while (auto frame = decoder.next()) {
      said.push_back(*frame ? **frame : "!" + frame->error().message);
    }
  }
  if (auto end = decoder.finish(); !end) said.push_back("!" + end.error().message);
  return said;
}

using Said = std::vector<std::string>;

TEST_CASE("frames come out whole, however the bytes arrive") {
  std::string stream = encodeFrame("{}") + encodeFrame("") + encodeFrame("[1,\r\n\r\n2]") +
                       "content-type: x\r\nCONTENT-LENGTH:  3 \r\n\r\nabc";
  std::size_t portion = GENERATE(1u, 2u, 3u, 7u, 1000u);
  CHECK(decode(stream, portion) == Said{"{}", "", "[1,\r\n\r\n2]", "abc"});
}

TEST_CASE("a broken header is one error, and the next frame is found") {
  std::string good = encodeFrame("good");
  std::size_t portion = GENERATE(1u, 5u, 1000u);
  std::string wrong = "!a message has no valid Content-Length";
  CHECK(decode("Content-Length: -4\r\n\r\nbody" + good, portion) == Said{wrong, "good"});
  CHECK(decode("Content-Length: 4x\r\n\r\nbody" + good, portion) == Said{wrong, "good"});
  CHECK(decode("Content-Length: \r\n\r\n" + good, portion) == Said{wrong, "good"});
  CHECK(decode("X: 1\r\n\r\n{}" + good, portion) == Said{wrong, "good"});
  CHECK(decode("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab" + good, portion).back() ==
        "good");
  CHECK(decode("Content-Length: 99999999999999999999999\r\n\r\n" + good, portion) ==
        Said{wrong, "good"});
}

TEST_CASE("a header without end is cut off") {
  FrameLimits limits{.header = 64, .body = 100};
  std::size_t portion = GENERATE(1u, 50u, 4000u);
  CHECK(decode(std::string(3000, 'x') + encodeFrame("good"), portion, limits) ==
        Said{"!the header of a message is too long", "good"});
}

TEST_CASE("a body over the limit is skipped without being kept") {
  FrameLimits limits{.header = 64, .body = 8};
  std::size_t portion = GENERATE(1u, 4u, 1000u);
  CHECK(decode(encodeFrame("123456789") + encodeFrame("12345678"), portion, limits) ==
        Said{"!a message of 9 bytes is over the limit of 8", "12345678"});
}

TEST_CASE("the end of the stream is fine only between frames") {
  std::string end = "!the stream ended in the middle of a message";
  CHECK(decode("", 1).empty());
  CHECK(decode("Content-Le", 1) == Said{end});
  CHECK(decode("Content-Length: 4\r\n\r\nab", 1) == Said{end});
  CHECK(decode("Content-Length: 4\r\n\r\n", 1) == Said{end});
}

TEST_CASE("after any damage to one frame, later frames still arrive") {
  std::string first = encodeFrame(R"({"jsonrpc":"2.0","id":1,"method":"a"})");
  std::string tail = encodeFrame("second") + encodeFrame("third");
  std::size_t headerSize = first.find('{');
  for (std::size_t at = 0; at < headerSize; ++at) {
    for (char with : {'\0', 'x', '\r', '\n', '-', '\x80'}) {
      std::string stream = first;
      stream[at] = with;
      auto said = decode(stream + tail, 1);
      INFO("byte " << at << " became " << static_cast<int>(with));
      REQUIRE_FALSE(said.empty());
      CHECK(said.back() == "third");
    }
  }
}

// As an editor and a server would say it, with what is allowed besides.
std::string goldenStream() {
  return encodeFrame(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})") +
         "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: "
         "4\r\n\r\nnull" +
         encodeFrame("") + encodeFrame("{\"text\":\"\xf0\x9f\x90\x8d\"}") + encodeFrame("last");
}

TEST_CASE(
    "every truncation of a stream gives its first frames, and one error unless it ends well") {
  const std::string whole = goldenStream();
  const Said frames = decode(whole, 1000);
  REQUIRE(frames.size() == 5);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    for (const std::size_t portion : {std::size_t{1}, std::size_t{7}, whole.size()}) {
      Said said = decode(std::string_view(whole).substr(0, length), portion);
      INFO("the first " << length << " bytes, " << portion << " at a time");
      if (!said.empty() && said.back() == "!the stream ended in the middle of a message") {
        said.pop_back();
      }
      REQUIRE(said.size() <= frames.size());
      CHECK(std::equal(said.begin(), said.end(), frames.begin()));
    }
  }
}

TEST_CASE("whatever any byte of a stream becomes, the decoder says the same in every portion") {
  const FrameLimits limits{.header = 256, .body = 1024};
  std::string stream = goldenStream();
  for (std::size_t at = 0; at < stream.size(); ++at) {
    const char original = stream[at];
    for (int value = 0; value < 256; ++value) {
      stream[at] = static_cast<char>(value);
      const Said said = decode(stream, stream.size(), limits);
      INFO("byte " << at << " became " << value);
      REQUIRE_FALSE(said.empty());
      if (value % 16 == 0) CHECK(decode(stream, 13, limits) == said);
    }
    stream[at] = original;
  }
}

TEST_CASE("noise never breaks the decoder") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string noise(random() % 300, ' ');
    for (char& c : noise) c = "Content-Length: 0123456789\r\n\r\n{}"[random() % 32];
    decode(noise, 1 + random() % 9, FrameLimits{.header = 50, .body = 50});
  }
  SUCCEED();
}

}  // namespace
}  // namespace whyalive::rpc
