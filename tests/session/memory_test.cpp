// The account of a process's resident memory, from texts as the kernel and CPython write them.
#include "server/session/memory_account.h"
#include "tests/support/catch.h"

namespace whyalive::session {
namespace {

std::string region(const std::string& range, const std::string& rights, const std::string& path,
                   int rssKb, int privateKb = 0, int swapKb = 0) {
  return range + " " + rights + " 00000000 00:00 0                          " + path +
         "\nSize:                 64 kB\nRss:                 " + std::to_string(rssKb) +
         " kB\nPrivate_Clean:         0 kB\nPrivate_Dirty:       " + std::to_string(privateKb) +
         " kB\nSwap:                 " + std::to_string(swapKb) + " kB\nVmFlags: rd wr mr\n";
}

const std::string kSmaps =
    region("00400000-00500000", "r-xp", "/usr/bin/python3", 900) +
    region("00500000-00510000", "rw-p", "/usr/bin/python3", 60, 60) +
    region("00510000-00530000", "rw-p", "", 100, 100) +  // zeroed data of the program
    region("00800000-00a00000", "rw-p", "[heap]", 2000, 2000) +
    region("7f0000000000-7f0000200000", "rw-p", "", 2048, 2048, 8) +
    region("7f0000300000-7f0000301000", "---p", "", 0) +
    region("7f0000301000-7f0000b01000", "rw-p", "", 40, 40) +  // a thread's stack
    region("7f0001000000-7f0001100000", "rw-s", "/dev/shm/queue", 300) +
    region("7f0002000000-7f0002100000", "r--p", "/usr/share/locale/x y", 70) +
    region("7ffe00000000-7ffe00021000", "rw-p", "[stack]", 30, 30);

const std::string kArenas =
    "class   size   num pools   blocks in use  avail blocks\n"
    "    0     16           1             108           913\n"
    "# arenas highwater mark            =                   48\n"
    "# arenas allocated current         =                    2\n"
    "2 arenas * 1048576 bytes/arena     =            2,097,152\n"
    "# bytes in allocated blocks        =            1,500,000\n"
    "49 unused pools * 16384 bytes      =              802,816\n"
    "Total                              =            2,097,152\n";

Bytes part(const api::MemoryResult& account, api::MemoryPartKind kind) {
  for (const api::MemoryPart& one : account.parts) {
    if (one.part == kind) return one.bytes;
  }
  return 0;
}

Bytes sum(const api::MemoryResult& account) {
  Bytes all = 0;
  for (const api::MemoryPart& one : account.parts) all += one.bytes;
  return all;
}

MemoryFacts factsOf(const std::string& smaps) {
  MemoryFacts facts;
  facts.pid = 7;
  facts.resident = parseSmaps(smaps);
  facts.status = parseMemoryStatus("Name:\tx\nVmHWM:\t  6000 kB\nThreads:\t3\n");
  return facts;
}

agent::wire::MemoryResult agentSays() {
  agent::wire::MemoryResult said;
  said.allocator = kArenas;
  said.collectorKnown = true;
  said.collectorEnabled = false;
  said.collectorThresholds = {700, 10, 10};
  said.collectorCounts = {1, 2, 3};
  said.mallocKnown = true;
  said.mallocInUse = 800'000;
  said.mallocMapped = 100'000;
  said.mallocFree = 400'000;
  return said;
}

using Kind = api::MemoryPartKind;

}  // namespace

TEST_CASE("mappings are sorted into libraries, files, shared memory, stacks and the rest") {
  const ResidentMemory memory = parseSmaps(kSmaps);
  CHECK(memory.libraries == (900 + 60 + 100) * 1024);
  CHECK(memory.files == 70 * 1024);
  CHECK(memory.shared == 300 * 1024);
  CHECK(memory.stacks == (40 + 30) * 1024);
  CHECK(memory.anonymous == (2000 + 2048) * 1024);
  CHECK(memory.rss ==
        memory.libraries + memory.files + memory.shared + memory.stacks + memory.anonymous);
  CHECK(memory.swapped == 8 * 1024);
  CHECK(memory.privateBytes == (60 + 100 + 2000 + 2048 + 40 + 30) * 1024);
  CHECK(memory.byFile.at("/usr/bin/python3") == 1060 * 1024);
  CHECK(memory.byFile.at("/usr/share/locale/x y") == 70 * 1024);
}

TEST_CASE("text that is no smaps gives nothing, and torn text what it has") {
  CHECK(parseSmaps("").rss == 0);
  CHECK(parseSmaps("Rss: 12 kB\nnonsense\n-\n").rss == 0);
  CHECK(parseSmaps("00400000-00500000 rw-p 00000000 00:00 0 [heap]\nRss: 4 kB").anonymous == 4096);
}

TEST_CASE("what CPython prints of its arenas is understood") {
  const auto arenas = parseArenas(kArenas);
  REQUIRE(arenas);
  CHECK(arenas->arenas == 2);
  CHECK(arenas->bytes == 2'097'152);
  CHECK(arenas->inUse == 1'500'000);
  CHECK(arenas->unusedPools == 802'816);
  CHECK_FALSE(parseArenas(""));
  CHECK_FALSE(parseArenas("# bytes in allocated blocks = 5\n"));
}

TEST_CASE("the parts add up to the resident memory") {
  MemoryFacts facts = factsOf(kSmaps);
  facts.agent = agentSays();
  facts.objects = api::CountedObjects{"s1", 1000, 2'000'000, 5};
  const api::MemoryResult account = memoryAccount(facts);
  CHECK(account.parts.size() == 9);
  CHECK(sum(account) == account.rss);
  CHECK(part(account, Kind::Objects) == 2'000'000);
  CHECK(part(account, Kind::Allocated) == 1'500'000 + 900'000 - 2'000'000);
  CHECK(part(account, Kind::ArenaFree) == 597'152);
  CHECK(part(account, Kind::MallocFree) == 400'000);
  CHECK(part(account, Kind::Unexplained) == 4048 * 1024 - 2'400'000 - 597'152 - 400'000);
  CHECK(account.peak == 6000 * 1024);
  CHECK(account.threads == 3);
  CHECK(account.malloc->inUse == 900'000);
  CHECK(account.collector->enabled == false);
  CHECK(account.collector->counts == std::vector<std::int64_t>{1, 2, 3});
  CHECK(account.files.front().path == "/usr/bin/python3");
}

TEST_CASE("without an agent the anonymous memory is unexplained, and a note says why") {
  const api::MemoryResult account = memoryAccount(factsOf(kSmaps));
  CHECK(sum(account) == account.rss);
  CHECK(part(account, Kind::Unexplained) == 4048 * 1024);
  CHECK_FALSE(account.arenas);
  REQUIRE(account.notes.size() == 1);
  CHECK(account.notes[0].find("No agent") == 0);
  CHECK(account.notes[0].find("whyalive attach ") != std::string::npos);
}

TEST_CASE("what was allocated but never touched is in no part") {
  MemoryFacts facts = factsOf(kSmaps);
  facts.agent = agentSays();
  facts.agent->mallocMapped = 50'000'000;
  facts.objects = api::CountedObjects{"s1", 1000, 49'000'000, 5};
  const api::MemoryResult account = memoryAccount(facts);
  CHECK(sum(account) == account.rss);
  CHECK(part(account, Kind::Objects) == 4048 * 1024);
  CHECK(part(account, Kind::ArenaFree) == 0);
  REQUIRE(account.notes.size() == 1);
  CHECK(account.notes[0].find("More is allocated than is resident") == 0);
}

TEST_CASE("objects of an old snapshot are said to be old, and nobody else is blamed") {
  MemoryFacts facts = factsOf(region("7f0000000000-7f0004000000", "rw-p", "", 60'000, 60'000));
  facts.agent = agentSays();
  facts.agent->mallocInUse = 55'000'000;
  facts.objects = api::CountedObjects{"s1", 1000, 20'000'000, 1'000};
  facts.time = 2'000;
  REQUIRE(memoryAccount(facts).notes.size() == 1);
  CHECK(memoryAccount(facts).notes[0].find("Much is allocated by native code") == 0);
  facts.time = 61'000;
  REQUIRE(memoryAccount(facts).notes.size() == 1);
  CHECK(memoryAccount(facts).notes[0].find("snapshot that is 60 s old") != std::string::npos);
}

TEST_CASE("free room and foreign allocators are explained in words") {
  MemoryFacts facts =
      factsOf(region("7f0000000000-7f0004000000", "rw-p", "", 40'000, 40'000) +
              region("7f1000000000-7f1000010000", "r-xp", "/usr/lib/libjemalloc.so.2", 400));
  facts.agent = agentSays();
  facts.agent->allocator =
      "# arenas allocated current = 30\n30 arenas * 1048576 bytes/arena = 31,457,280\n"
      "# bytes in allocated blocks = 1,000\n";
  const api::MemoryResult account = memoryAccount(facts);
  REQUIRE(account.notes.size() == 2);
  CHECK(account.notes[0].find("Much of Python's arenas is free") == 0);
  CHECK(account.notes[1].find("jemalloc") != std::string::npos);
}

}  // namespace whyalive::session
