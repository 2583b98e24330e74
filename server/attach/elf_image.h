// The symbols of one loaded ELF module, looked up in the process's memory rather than in its file:
// the loader has put the tables there, so that a file deleted by an upgrade, a chroot and another
// mount namespace make no difference.
//
// Pure but for the reader it is given; trusts nothing that it reads (caps on every count). Knows
// the dynamic symbol table only, which is what a dynamic linker itself goes by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "server/attach/target_memory.h"

namespace whyalive::attach {

class ElfImage {
 public:
  // base: where the file's first byte is mapped. Fails if no ELF64 module of this machine is there.
  static Result<ElfImage> open(ReadMemory read, Address base);

  // The address of a symbol that this module defines, its default version where there are several.
  std::optional<Address> find(std::string_view name) const;

  std::uint16_t machine() const { return machine_; }
  Address bias() const { return bias_; }  // to add to the file's addresses; 0 if not relocatable
  bool hasInterpreter() const { return interpreter_; }  // PT_INTERP: linked dynamically
  const std::string& soname() const { return soname_; }

  // Where a section-like program header's memory is: the loaded, read-only part that holds
  // constants.
  struct Segment {
    Address start = 0;
    std::uint64_t size = 0;
    bool writable = false;
    bool executable = false;
  };
  const std::vector<Segment>& segments() const { return segments_; }

 private:
  struct GnuHash {
    std::uint32_t bucketCount = 0;
    std::uint32_t firstSymbol = 0;
    std::uint32_t bloomSize = 0;
    std::uint32_t bloomShift = 0;
    Address bloom = 0;
    Address buckets = 0;
    Address chains = 0;
  };

  Result<void> readHeaders(Address base);
  Result<void> readDynamic(Address address, std::uint64_t size);
  Result<void> readGnuHash(Address address);
  std::optional<Address> findByGnuHash(std::string_view name) const;
  std::optional<Address> findByCount(std::string_view name) const;
  std::optional<Address> matching(std::uint32_t index, std::string_view name, bool& hidden) const;

  ReadMemory read_;
  std::uint16_t machine_ = 0;
  Address bias_ = 0;
  bool interpreter_ = false;
  std::string soname_;
  std::vector<Segment> segments_;
  Address symbols_ = 0;
  Address strings_ = 0;
  Address versions_ = 0;
  std::uint32_t symbolCount_ = 0;  // from the old-style hash table; 0 if there is none
  std::optional<GnuHash> gnuHash_;
};

}  // namespace whyalive::attach
