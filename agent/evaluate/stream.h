// The stream between an evaluation and its client: frames of a length, a kind and a body.
//
//   u32 length of the body   u8 kind   body        numbers in the machine's own order
//   kind 'J': JSON in UTF-8   kind 'A': addresses, eight bytes each
#pragma once

#include <cstddef>
#include <cstdint>

namespace whyalive::agent {

struct FrameHead {
  std::uint32_t length = 0;
  char kind = 0;
};

bool sendFrame(int stream, char kind, const char* body, std::size_t length);
// False at the end of the stream.
bool receiveHead(int stream, FrameHead& head);
bool receiveBody(int stream, char* body, std::size_t length);

}  // namespace whyalive::agent
