#include "server/attach/memory_map.h"

#include "tests/support/catch.h"

using namespace whyalive::attach;

namespace {

constexpr const char* kMaps =
    "00400000-0041f000 r--p 00000000 fe:00 1201   /usr/bin/python3.11\n"
    "0041f000-006b8000 r-xp 0001f000 fe:00 1201   /usr/bin/python3.11\n"
    "00a59000-00a9a000 rw-p 00658000 fe:00 1201   /usr/bin/python3.11\n"
    "01e9c000-01f3b000 rw-p 00000000 00:00 0      [heap]\n"
    "7f0000000000-7f0000026000 r--p 00000000 fe:00 77   /usr/lib/libc.so.6 (deleted)\n"
    "7f0000026000-7f000017b000 r-xp 00026000 fe:00 77   /usr/lib/libc.so.6 (deleted)\n"
    "7f0000200000-7f0000400000 r--p 00000000 fe:00 90   /usr/lib/locale/a name with spaces\n"
    "7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0    [stack]\n";

}  // namespace

TEST_CASE("mappings are read with their rights, offsets and paths") {
  const auto mappings = parseMaps(kMaps);
  REQUIRE(mappings.size() == 8);
  CHECK(mappings[1] == Mapping{.start = 0x41f000,
                               .end = 0x6b8000,
                               .readable = true,
                               .writable = false,
                               .executable = true,
                               .offset = 0x1f000,
                               .path = "/usr/bin/python3.11"});
  CHECK(mappings[3].path == "[heap]");
  CHECK(mappings[6].path == "/usr/lib/locale/a name with spaces");
}

TEST_CASE("lines of another form are left out") {
  CHECK(parseMaps("").empty());
  CHECK(parseMaps("nonsense\n12-\n7f00-7e00 r--p 0 0:0 0\n").empty());
  CHECK(parseMaps("00400000-0041f000 r--p 00000000 fe:00 1").size() == 1);
}

TEST_CASE("modules are the files with executable memory, under their names before deletion") {
  const auto mappings = parseMaps(kMaps);
  const auto modules = modulesOf(mappings);
  REQUIRE(modules.size() == 2);
  CHECK(modules[0].name() == "python3.11");
  CHECK(modules[0].base == 0x400000);
  CHECK(modules[0].end == 0xa9a000);
  CHECK(modules[1].path == "/usr/lib/libc.so.6");
  CHECK(moduleAt(modules, 0x7f0000026010) == &modules[1]);
  CHECK(moduleAt(modules, 0x1e9c000) == nullptr);
}

TEST_CASE("a file mapped twice is two modules") {
  const auto modules =
      modulesOf(parseMaps("1000-2000 r-xp 00000000 fe:00 1 /lib/a.so\n"
                          "9000-a000 r-xp 00000000 fe:00 1 /lib/a.so\n"));
  REQUIRE(modules.size() == 2);
  CHECK(modules[1].base == 0x9000);
}

TEST_CASE("an address is found in its mapping and nowhere between") {
  const auto mappings = parseMaps(kMaps);
  CHECK(mappingAt(mappings, 0x41f000) == &mappings[1]);
  CHECK(mappingAt(mappings, 0x6b7fff) == &mappings[1]);
  CHECK(mappingAt(mappings, 0x6b8000) == nullptr);
  CHECK(mappingAt(mappings, 0) == nullptr);
}
