// Which CPython runs in a process, told by the process itself: its modules and its memory.
//
// Pure but for the memory reader it is given. Knows nothing about agents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "server/attach/elf_image.h"
#include "server/attach/memory_map.h"

namespace whyalive::attach {

struct Version {
  int major = 0;
  int minor = 0;

  std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }
  // The middle of an extension module's file name: "cpython-311".
  std::string tag() const { return "cpython-" + std::to_string(major) + std::to_string(minor); }
  auto operator<=>(const Version&) const = default;
};

struct Interpreter {
  Version version;
  Module module;   // where the C API is: the program itself or libpython
  ElfImage image;  // of that module
};

// Unsupported if no module has the C API of CPython, if it is Python 2 or a free-threaded build.
Result<Interpreter> findInterpreter(const std::vector<Module>& modules, const ReadMemory& read);

// "libpython3.11.so.1.0", "python3.11", "math.cpython-311-x86_64-linux-gnu.so" → 3.11.
std::optional<Version> versionInName(std::string_view fileName);

}  // namespace whyalive::attach
