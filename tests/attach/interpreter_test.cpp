#include "server/attach/interpreter.h"

#include "tests/support/catch.h"

using namespace whyalive;
using namespace whyalive::attach;

TEST_CASE("versions are read from file names") {
  CHECK(versionInName("libpython3.11.so.1.0") == Version{3, 11});
  CHECK(versionInName("libpython3.13t.so.1.0") == Version{3, 13});
  CHECK(versionInName("python3.9") == Version{3, 9});
  CHECK(versionInName("_ctypes.cpython-310-x86_64-linux-gnu.so") == Version{3, 10});
  CHECK(versionInName("_json.cpython-39-x86_64-linux-gnu.so") == Version{3, 9});
  CHECK(versionInName("libpython2.7.so.1.0") == Version{2, 7});
}

TEST_CASE("names without a version have none") {
  for (const char* name : {"python", "python3", "libpython3.so", "libc.so.6", "x.cpython-.so",
                           "x.cpython-2.so", "pythonista", ""}) {
    INFO(name);
    CHECK_FALSE(versionInName(name));
  }
}

TEST_CASE("a version names its extension modules' tag") {
  CHECK(Version{3, 9}.tag() == "cpython-39");
  CHECK(Version{3, 15}.tag() == "cpython-315");
}

TEST_CASE("a process without the C API is not a Python") {
  const auto found = findInterpreter({}, [](Address, std::span<std::byte>) -> Result<void> {
    return fail(ErrorCode::Corrupt, "nothing there");
  });
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::Unsupported);
}
