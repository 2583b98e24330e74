// What the fuzz targets take their decisions from: the fuzzer's bytes, from the front.
//
// A target is one file `<name>_fuzz.cpp` that defines LLVMFuzzerTestOneInput and aborts (EXPECT)
// where a promise is broken. With clang it is linked against libFuzzer (`./dev fuzz`); otherwise
// against driver.cpp, which replays the corpus and a fixed number of mutations of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// An assertion that every build keeps.
#define EXPECT(condition)                                                                  \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)

namespace whyalive::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return bytes_.empty(); }

  // 0 when nothing is left.
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint32_t number() {
    const std::uint32_t low = byte();
    return low | std::uint32_t{byte()} << 8;
  }
  // Up to `length` bytes.
  std::string_view text(std::size_t length) {
    const std::string_view taken = bytes_.substr(0, length);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() { return text(bytes_.size()); }

 private:
  std::string_view bytes_;
};

}  // namespace whyalive::fuzz
