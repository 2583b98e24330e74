#include "protocol/base/base64.h"

#include "tests/support/catch.h"

using namespace whyalive;

TEST_CASE("bytes survive base64, whatever their number") {
  std::string bytes;
  for (int n = 0; n < 300; ++n) {
    const std::string text = toBase64(bytes);
    CHECK(text.size() == (bytes.size() + 2) / 3 * 4);
    CHECK(fromBase64(text) == bytes);
    bytes += static_cast<char>(n * 37);
  }
  CHECK(toBase64("light w") == "bGlnaHQgdw==");
}

TEST_CASE("what is no base64 is refused") {
  for (const char* text : {"a", "abc", "ab!=", "====", "a===", "ab=c"})
    CHECK_FALSE(fromBase64(text).has_value());
}
