// Waiting and moving bytes on plain descriptors, without making them non-blocking: stdin and stdout
// may be shared with others (a shell, the target we launched), who would notice.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "server/net/descriptor.h"

namespace whyalive::net {

// Wakes threads that block in the calls below. Thread-safe.
class Wake {
 public:
  Wake();
  void raise();  // for good
  int number() const { return event_.number(); }

 private:
  Descriptor event_;
};

// Some bytes; Disconnected at the end of the stream or when woken. Blocks.
Result<std::string> readSome(int descriptor, const Wake& wake);
// All bytes; Disconnected when the reader is gone or when woken. Blocks.
Result<void> writeAll(int descriptor, std::string_view bytes, const Wake& wake);

}  // namespace whyalive::net
