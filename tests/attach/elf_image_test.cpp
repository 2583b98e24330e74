// The tables that are read are those of this very program and its C library, loaded by the real
// dynamic linker; dlsym() is the oracle.
#include "server/attach/elf_image.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "server/attach/memory_map.h"
#include "tests/support/catch.h"

using namespace whyalive;
using namespace whyalive::attach;

namespace {

ReadMemory own() { return TargetMemory(getpid()).reader(); }

const Module* moduleNamed(const std::vector<Module>& modules, std::string_view prefix) {
  for (const Module& module : modules) {
    if (module.name().starts_with(prefix)) return &module;
  }
  return nullptr;
}

std::vector<Module> ownModules() {
  std::ifstream file("/proc/self/maps");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return modulesOf(parseMaps(text));
}

}  // namespace

TEST_CASE("functions of the C library are found where the dynamic linker finds them") {
  const auto modules = ownModules();
  const Module* libc = moduleNamed(modules, "libc.so");
  REQUIRE(libc != nullptr);
  const auto image = ElfImage::open(own(), libc->base);
  REQUIRE(image);
  CHECK(image->soname() == "libc.so.6");
  void* const linked = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);  // itself, and nobody before it
  REQUIRE(linked != nullptr);
  for (const char* name : {"malloc", "mmap", "munmap", "usleep", "syscall", "__errno_location",
                           "pthread_create", "pthread_cond_wait", "dlopen", "fopen"}) {
    INFO(name);
    const auto found = image->find(name);
    REQUIRE(found);
    CHECK(reinterpret_cast<void*>(*found) == dlsym(linked, name));
  }
  dlclose(linked);
}

TEST_CASE("a name that the module does not define is not found") {
  const auto modules = ownModules();
  const auto image = ElfImage::open(own(), moduleNamed(modules, "libc.so")->base);
  REQUIRE(image);
  CHECK_FALSE(image->find("no_such_function_anywhere"));
  CHECK_FALSE(image->find(""));
  CHECK_FALSE(image->find("__cxa_demangle"));  // libstdc++ has it
  CHECK_FALSE(image->find("mallo"));
  CHECK_FALSE(image->find("malloc_"));
}

TEST_CASE("memory that holds no ELF image is refused, not trusted") {
  std::vector<std::byte> memory(65536);
  const ReadMemory read = [&](Address address, std::span<std::byte> into) -> Result<void> {
    if (address > memory.size() || into.size() > memory.size() - address)
      return fail(ErrorCode::Corrupt, "outside");
    std::memcpy(into.data(), memory.data() + address, into.size());
    return {};
  };
  CHECK_FALSE(ElfImage::open(read, 0));
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 0xffff;
  header.e_phoff = 64;
  std::memcpy(memory.data(), &header, sizeof header);
  CHECK_FALSE(ElfImage::open(read, 0));
  header.e_phnum = 1;
  header.e_phoff = ~std::uint64_t{0} - 8;
  std::memcpy(memory.data(), &header, sizeof header);
  CHECK_FALSE(ElfImage::open(read, 0));
}

TEST_CASE("any bytes of a loaded image may be spoiled without harm to the reader") {
  const auto modules = ownModules();
  const Module* libc = moduleNamed(modules, "libc.so");
  std::uint32_t random = 12345;
  for (int round = 0; round < 300; ++round) {
    const ReadMemory spoiled = [&](Address address, std::span<std::byte> into) -> Result<void> {
      if (auto done = own()(address, into); !done) return done;
      random = random * 1664525 + 1013904223;
      if (random % 8 == 0) into[random % into.size()] ^= std::byte(1 << (random >> 8) % 8);
      return {};
    };
    const auto image = ElfImage::open(spoiled, libc->base);
    if (image) (void)image->find("pthread_create");
  }
  SUCCEED();
}
