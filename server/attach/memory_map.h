// /proc/PID/maps as values: mappings, and the modules (program and shared libraries) they form.
//
// Pure: text in, values out; it opens no file. A module is the run of mappings of one file, from
// the mapping of the file's first byte on; a file mapped only for its data has no ELF header there,
// and it is for the reader of the image to say so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whyalive::attach {

using Address = std::uint64_t;

struct Mapping {
  Address start = 0;
  Address end = 0;
  bool readable = false;
  bool writable = false;
  bool executable = false;
  std::uint64_t offset = 0;  // into the file
  std::string path;          // as the kernel prints it: "[stack]", "", "/usr/lib/libc.so.6"

  bool contains(Address address) const { return address >= start && address < end; }
  bool operator==(const Mapping&) const = default;
};

struct Module {
  std::string path;  // without the kernel's " (deleted)"
  Address base = 0;  // where the file's first byte is mapped
  Address end = 0;

  std::string_view name() const;  // the path's last part
  bool contains(Address address) const { return address >= base && address < end; }
};

// Lines that are not of the kernel's form are left out.
std::vector<Mapping> parseMaps(std::string_view text);

// The file-backed modules with executable memory, in address order.
std::vector<Module> modulesOf(const std::vector<Mapping>& mappings);

const Mapping* mappingAt(const std::vector<Mapping>& mappings, Address address);
const Module* moduleAt(const std::vector<Module>& modules, Address address);

}  // namespace whyalive::attach
