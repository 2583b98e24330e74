#include "server/attach/target.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "server/attach/diagnosis.h"

namespace whyalive::attach {
namespace {

constexpr std::uint64_t kLinkerBase = 7;  // AT_BASE
constexpr std::size_t kMostCode = std::size_t{32} << 20;

bool isCLibrary(std::string_view name) {
  return name.starts_with("libc.so") || name.starts_with("libc-2.") ||
         name.starts_with("libpthread.so") || name.starts_with("libpthread-2.") ||
         name.starts_with("libdl.so") || name.starts_with("libdl-2.");
}

bool isMusl(std::string_view name) {
  return name.starts_with("ld-musl") || name.starts_with("libc.musl");
}

// Code that may hold locks which starting a thread needs, or that calls back into unknown places.
bool isForbidden(std::string_view name) {
  constexpr std::array<std::string_view, 9> kRuntimes = {"ld-linux",  "ld-2.",    "ld.so",
                                                         "libstdc++", "libgcc_s", "libasan",
                                                         "libtsan",   "liblsan",  "libunwind"};
  return std::ranges::any_of(kRuntimes, [&](auto prefix) { return name.starts_with(prefix); });
}

struct Symbols {
  std::vector<ElfImage> libraries;

  std::optional<Address> find(std::string_view name) const {
    for (const ElfImage& image : libraries) {
      if (auto address = image.find(name)) return address;
    }
    return {};
  }
};

template <class Function>
bool resolve(Function& function, std::optional<Address> address) {
  if (!address) return false;
  function = reinterpret_cast<Function>(*address);
  return true;
}

// A missing function's name, or nothing.
const char* bindCLibrary(const Symbols& library, LaunchFunctions& call, bool& oldLoader) {
  if (!resolve(call.createThread, library.find("pthread_create"))) return "pthread_create";
  if (!resolve(call.self, library.find("pthread_self"))) return "pthread_self";
  if (!resolve(call.detachThread, library.find("pthread_detach"))) return "pthread_detach";
  if (!resolve(call.errnoLocation, library.find("__errno_location"))) return "__errno_location";
  if (!resolve(call.systemCall, library.find("syscall"))) return "syscall";
  if (!resolve(call.sleepMicroseconds, library.find("usleep"))) return "usleep";
  if (!resolve(call.unmap, library.find("munmap"))) return "munmap";
  if (resolve(call.open, library.find("dlopen"))) {
    if (!resolve(call.symbol, library.find("dlsym"))) return "dlsym";
  } else {  // before glibc 2.34 a program need not have libdl loaded
    oldLoader = true;
    if (!resolve(call.open, library.find("__libc_dlopen_mode"))) return "dlopen";
    if (!resolve(call.symbol, library.find("__libc_dlsym"))) return "dlsym";
  }
  if (!resolve(call.error, library.find("dlerror"))) return "dlerror";
  return nullptr;
}

const char* bindInterpreter(const ElfImage& image, LaunchFunctions& call) {
  if (!resolve(call.interpreterInitialised, image.find("Py_IsInitialized")))
    return "Py_IsInitialized";
  if (!resolve(call.takeGil, image.find("PyGILState_Ensure"))) return "PyGILState_Ensure";
  if (!resolve(call.releaseGil, image.find("PyGILState_Release"))) return "PyGILState_Release";
  if (!resolve(call.interpreterFinalizing, image.find("Py_IsFinalizing"))) {
    resolve(call.interpreterFinalizing, image.find("_Py_IsFinalizing"));
  }
  return nullptr;
}

std::optional<Address> findBytes(const ReadMemory& read, const Mapping& mapping,
                                 std::span<const std::uint8_t> wanted) {
  const std::size_t size = mapping.end - mapping.start;
  if (size > kMostCode) return {};
  std::vector<std::uint8_t> code(size);
  if (!read(mapping.start, std::as_writable_bytes(std::span(code)))) return {};
  const auto found = std::ranges::search(code, wanted);
  if (found.empty()) return {};
  return mapping.start + static_cast<Address>(found.begin() - code.begin());
}

CodeKind kindOf(const Module& module, const Module& interpreter, bool allocates) {
  if (isCLibrary(module.name())) return CodeKind::CLibrary;
  if (isForbidden(module.name()) || allocates) return CodeKind::Forbidden;
  return module.base == interpreter.base ? CodeKind::Python : CodeKind::Other;
}

void mapCode(Target& target, const ReadMemory& read,
             const std::map<std::uint64_t, std::uint64_t>& aux) {
  std::vector<std::pair<const Module*, CodeKind>> kinds;
  for (const Module& module : target.modules) {
    const auto image = ElfImage::open(read, module.base);
    const bool allocates = image && image->find("malloc") && image->find("free");
    kinds.emplace_back(&module, kindOf(module, target.interpreter.module, allocates));
  }
  const auto linker = aux.find(kLinkerBase);
  for (const Mapping& mapping : target.mappings) {
    if (!mapping.executable) continue;
    CodeKind kind = mapping.path.empty() ? CodeKind::Anonymous : CodeKind::Forbidden;
    for (const auto& [module, moduleKind] : kinds) {
      if (module->contains(mapping.start)) kind = moduleKind;
      if (linker != aux.end() && module->contains(mapping.start) &&
          module->contains(linker->second)) {
        kind = CodeKind::Forbidden;
      }
    }
    target.code.add({mapping.start, mapping.end, kind});
  }
}

Result<void> findCode(Target& target, const ReadMemory& read) {
  for (const Mapping& mapping : target.mappings) {
    if (!mapping.executable || !mapping.readable) continue;
    const Module* module = moduleAt(target.modules, mapping.start);
    if (module == nullptr || !isCLibrary(module->name())) continue;
    if (target.signalReturn == 0) {
      target.signalReturn = findBytes(read, mapping, architecture::signalReturnCode()).value_or(0);
    }
    if (target.systemCallGadget == 0) {
      target.systemCallGadget =
          findBytes(read, mapping, architecture::systemCallGadget()).value_or(0);
    }
  }
  if (target.signalReturn != 0 && target.systemCallGadget != 0) return {};
  return fail(ErrorCode::Unsupported, "the C library of the process is of an unknown build");
}

Result<Symbols> cLibraryOf(const Target& target, const ReadMemory& read) {
  Symbols symbols;
  for (const Module& module : target.modules) {
    if (isMusl(module.name())) {
      return fail(ErrorCode::Unsupported,
                  "the process uses the C library musl, which cannot be attached to",
                  "start the program with `whyalive run`, or use a Python built for glibc");
    }
    if (!isCLibrary(module.name())) continue;
    auto image = ElfImage::open(read, module.base);
    if (image) symbols.libraries.push_back(std::move(*image));
  }
  if (!symbols.find("gnu_get_libc_version")) {
    return fail(ErrorCode::Unsupported,
                "the Python of the process is linked statically and cannot load anything",
                "start the program with a Python that is linked dynamically");
  }
  return symbols;
}

Result<void> bindFunctions(Target& target, const ReadMemory& read, const std::string& entryName) {
  const auto library = cLibraryOf(target, read);
  if (!library) return std::unexpected(library.error());
  const char* missing = bindCLibrary(*library, target.functions, target.oldLoader);
  if (missing == nullptr) missing = bindInterpreter(target.interpreter.image, target.functions);
  if (missing != nullptr) {
    return fail(ErrorCode::Unsupported, "the process has no function " + std::string(missing) +
                                            ", so nothing can be loaded");
  }
  for (const Module& module : target.modules) {
    const auto image = ElfImage::open(read, module.base);
    if (image && resolve(target.functions.entry, image->find(entryName))) break;
  }
  return {};
}

Result<void> checkMachine(const Target& target) {
  if (target.status.seccompMode == 1) {
    return fail(ErrorCode::Unsupported,
                "the process is in strict seccomp mode, in which a new thread would end it",
                "start the program with `whyalive run`");
  }
  if (target.status.shadowStack) {
    return fail(ErrorCode::Unsupported,
                "the process runs with a hardware shadow stack, which forbids attaching",
                "start it with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off, or with `whyalive run`");
  }
  if (!architecture::supported() ||
      target.interpreter.image.machine() != architecture::elfMachine()) {
    return fail(ErrorCode::Unsupported, "the process is of another architecture than WhyAlive",
                "build WhyAlive for that one, or start the program with `whyalive run`");
  }
  return {};
}

}  // namespace

// An iterator over the stream's buffer would throw where a read fails, as it does when a thread
// ends between the opening of its file and the reading.
std::optional<std::string> readWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  std::string text;
  std::array<char, 4096> part{};
  while (file.read(part.data(), part.size()) || file.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return {};
  return text;
}

std::optional<std::string> readProcFile(pid_t pid, const std::string& name) {
  return readWhole("/proc/" + std::to_string(pid) + "/" + name);
}

Result<Target> inspect(pid_t pid, const std::string& entryName) {
  auto status = statusOf(pid);
  if (!status) return std::unexpected(status.error());
  if (status->state == 'T') {
    return fail(ErrorCode::Unsupported, "process " + std::to_string(pid) + " is stopped",
                "let it go on with `kill -CONT " + std::to_string(pid) + "` and attach again");
  }
  const auto maps = readProcFile(pid, "maps");
  auto mappings = parseMaps(maps.value_or(""));
  const ReadMemory read = TargetMemory(pid).reader();
  // The first look into its memory tells whether we may.
  if (mappings.empty() || !readValue<char>(read, mappings.front().start)) {
    return std::unexpected(whyNoAccess(*status, EPERM));
  }
  auto modules = modulesOf(mappings);
  auto interpreter = findInterpreter(modules, read);
  if (!interpreter) return std::unexpected(interpreter.error());
  Target target{.pid = status->threadGroup,
                .status = std::move(*status),
                .mappings = std::move(mappings),
                .modules = std::move(modules),
                .interpreter = std::move(*interpreter),
                .code = {}};
  if (auto fine = checkMachine(target); !fine) return std::unexpected(fine.error());
  const std::string raw = readProcFile(pid, "auxv").value_or("");
  const auto auxiliary = parseAuxiliaryVector(std::as_bytes(std::span(raw)));
  if (auto done = bindFunctions(target, read, entryName); !done)
    return std::unexpected(done.error());
  if (auto done = findCode(target, read); !done) return std::unexpected(done.error());
  mapCode(target, read, auxiliary);
  return target;
}

}  // namespace whyalive::attach
