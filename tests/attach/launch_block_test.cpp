// The code that goes into other processes, copied into a page of this one and run there.
#include "server/attach/launch_block.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/support/catch.h"

using namespace whyalive::attach;

namespace {

int gilHeld = 0, gilTaken = 0, entered = 0, initialised = 1;
const char* seenPath = nullptr;

int takeGil() { return ++gilTaken, gilHeld = 1, 77; }
void releaseGil(int state) { gilHeld = state == 77 ? 0 : -1; }
int isInitialised() { return initialised; }
int entry(const char* argument, char* text, std::size_t size) {
  std::strncpy(text, "hello", size);
  return ++entered, gilHeld == 0 && argument[0] == 'a' ? 5 : -5;
}
void* openAnything(const char* path, int) {
  return seenPath = path, gilHeld == 1 ? &entered : nullptr;
}
void* openNothing(const char*, int) { return nullptr; }
void* anySymbol(void*, const char* name) {
  return std::strcmp(name, "go") == 0 ? reinterpret_cast<void*>(&entry) : nullptr;
}
char* anError() {
  static std::string text(2 * kLongestText, 'e');
  return text.data();
}
int unmapCount = 0;
void* countUnmap(void*, std::size_t) { return ++unmapCount, nullptr; }
int createNoThread(pthread_t*, const void*, void* (*)(void*), void*) {
  return errno = EDOM, EAGAIN;
}

struct Pages {
  std::byte* code = nullptr;
  LaunchBlock block{};

  Pages() {
    code = static_cast<std::byte*>(mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE | PROT_EXEC,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(code != MAP_FAILED);
    std::memcpy(code, launchCode().bytes.data(), launchCode().bytes.size());
    block.call = {createNoThread,   pthread_self,  [](pthread_t) { return 0; },
                  __errno_location, syscall,       [](unsigned) { return 0; },
                  countUnmap,       openAnything,  anySymbol,
                  anError,          isInitialised, nullptr,
                  takeGil,          releaseGil,    nullptr};
    std::strcpy(block.path, "/some/library.so");
    std::strcpy(block.entryName, "go");
    std::strcpy(block.argument, "argument");
    block.acknowledged = 1;
    gilHeld = gilTaken = entered = unmapCount = 0;
    initialised = 1;
  }
  ~Pages() { munmap(code, kPageSize); }

  void run() { reinterpret_cast<void* (*)(void*)>(code + launchCode().threadMainAt)(&block); }
};

}  // namespace

TEST_CASE("the copied code fits its page") { CHECK(launchCode().bytes.size() < kPageSize); }

TEST_CASE("the library is loaded with the interpreter in hand and started without it") {
  Pages pages;
  pages.run();
  CHECK(LaunchState{pages.block.state} == LaunchState::Started);
  CHECK(pages.block.entryResult == 5);
  CHECK(std::string(pages.block.text) == "hello");
  CHECK(pages.block.threadId == gettid());
  CHECK(seenPath == pages.block.path);
  CHECK(gilTaken == 1);
  CHECK(gilHeld == 0);
  CHECK(unmapCount == 1);
  CHECK(pages.block.askedNs <= pages.block.takenNs);
  CHECK(pages.block.takenNs <= pages.block.releasedNs);
}

TEST_CASE("a library that is there already is only started") {
  Pages pages;
  pages.block.call.entry = entry;
  pages.run();
  CHECK(LaunchState{pages.block.state} == LaunchState::Started);
  CHECK(entered == 1);
  CHECK(gilTaken == 0);
}

TEST_CASE("the linker's reason is kept, cut to its room") {
  Pages pages;
  pages.block.call.open = openNothing;
  pages.run();
  CHECK(LaunchState{pages.block.state} == LaunchState::LoadFailed);
  CHECK(std::string(pages.block.text) == std::string(kLongestText - 1, 'e'));
  CHECK(gilHeld == 0);
}

TEST_CASE("a library without the entry is told apart") {
  Pages pages;
  std::strcpy(pages.block.entryName, "stop");
  pages.run();
  CHECK(LaunchState{pages.block.state} == LaunchState::EntryMissing);
}

TEST_CASE("nothing is loaded without an interpreter, or when the loader has given up") {
  Pages pages;
  SECTION("no interpreter") {
    initialised = 0;
    pages.run();
    CHECK(LaunchState{pages.block.state} == LaunchState::NotInitialised);
    CHECK(gilTaken == 0);
  }
  SECTION("interpreter about to end") {
    pages.block.call.interpreterFinalizing = isInitialised;
    pages.run();
    CHECK(LaunchState{pages.block.state} == LaunchState::NotInitialised);
  }
  SECTION("given up") {
    pages.block.cancel = 1;
    pages.run();
    CHECK(LaunchState{pages.block.state} == LaunchState::Cancelled);
    CHECK(gilHeld == 0);
  }
  CHECK(entered == 0);
}

TEST_CASE("starting the thread leaves errno alone and reports the result") {
  Pages pages;
  errno = ENOENT;
  reinterpret_cast<void (*)(LaunchBlock*)>(pages.code + launchCode().launchAt)(&pages.block);
  CHECK(errno == ENOENT);
  CHECK(LaunchStep{pages.block.step} == LaunchStep::Returned);
  CHECK(pages.block.createResult == EAGAIN);
}
