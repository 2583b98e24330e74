// Lookup follows the dynamic linker's own two tables: DT_GNU_HASH (bloom filter, buckets, chains;
// U. Drepper, "How To Write Shared Libraries", 2011, and the glibc sources' description of the
// format) or, in old modules, the length of DT_HASH and a walk over all symbols.
#include "server/attach/elf_image.h"

#include <elf.h>

#include <array>
#include <cstring>
#include <vector>

namespace whyalive::attach {
namespace {

constexpr std::size_t kMostProgramHeaders = 128;
constexpr std::size_t kMostDynamicEntries = 1024;
constexpr std::uint32_t kMostSymbols = 4'000'000;
constexpr std::uint32_t kLongestChain = 100'000;
constexpr std::uint16_t kHiddenVersion = 0x8000;

std::uint32_t gnuHashOf(std::string_view name) {
  std::uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

std::unexpected<Error> notElf(const char* what) {
  return fail(ErrorCode::Corrupt,
              std::string("a module's ELF image in memory is not usable: ") + what);
}

}  // namespace

Result<ElfImage> ElfImage::open(ReadMemory read, Address base) {
  ElfImage image;
  image.read_ = std::move(read);
  if (auto done = image.readHeaders(base); !done) return std::unexpected(done.error());
  return image;
}

Result<void> ElfImage::readHeaders(Address base) {
  const auto header = readValue<Elf64_Ehdr>(read_, base);
  if (!header) return std::unexpected(header.error());
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return notElf("no ELF header");
  if (header->e_ident[EI_CLASS] != ELFCLASS64) return notElf("not 64-bit");
  if (header->e_phentsize != sizeof(Elf64_Phdr)) return notElf("odd program headers");
  if (header->e_phnum == 0 || header->e_phnum > kMostProgramHeaders)
    return notElf("odd header count");
  machine_ = header->e_machine;
  std::vector<Elf64_Phdr> programs(header->e_phnum);
  const auto bytes = std::as_writable_bytes(std::span(programs));
  if (auto done = read_(base + header->e_phoff, bytes); !done) return std::unexpected(done.error());
  const Elf64_Phdr* dynamic = nullptr;
  bool biasKnown = false;
  for (const Elf64_Phdr& program : programs) {
    if (program.p_type == PT_INTERP) interpreter_ = true;
    if (program.p_type == PT_DYNAMIC) dynamic = &program;
    if (program.p_type != PT_LOAD) continue;
    // The first byte of the file is the first byte of the first loaded segment.
    if (!biasKnown) bias_ = base - (program.p_vaddr - program.p_offset);
    biasKnown = true;
    segments_.push_back({bias_ + program.p_vaddr, program.p_memsz, (program.p_flags & PF_W) != 0,
                         (program.p_flags & PF_X) != 0});
  }
  if (dynamic == nullptr || !biasKnown) return {};  // linked statically: a module without symbols
  return readDynamic(bias_ + dynamic->p_vaddr, dynamic->p_memsz);
}

Result<void> ElfImage::readDynamic(Address address, std::uint64_t size) {
  Address sonameOffset = 0, hash = 0, gnuHash = 0;
  // The dynamic linker adds the bias to these addresses in place, but not in read-only images.
  const auto absolute = [this](Address value) { return value < bias_ ? value + bias_ : value; };
  for (std::size_t i = 0; i < kMostDynamicEntries && i * sizeof(Elf64_Dyn) < size; ++i) {
    const auto entry = readValue<Elf64_Dyn>(read_, address + i * sizeof(Elf64_Dyn));
    if (!entry) return std::unexpected(entry.error());
    if (entry->d_tag == DT_NULL) break;
    if (entry->d_tag == DT_SYMTAB) symbols_ = absolute(entry->d_un.d_ptr);
    if (entry->d_tag == DT_STRTAB) strings_ = absolute(entry->d_un.d_ptr);
    if (entry->d_tag == DT_VERSYM) versions_ = absolute(entry->d_un.d_ptr);
    if (entry->d_tag == DT_HASH) hash = absolute(entry->d_un.d_ptr);
    if (entry->d_tag == DT_GNU_HASH) gnuHash = absolute(entry->d_un.d_ptr);
    if (entry->d_tag == DT_SONAME) sonameOffset = entry->d_un.d_val;
  }
  if (symbols_ == 0 || strings_ == 0) return {};
  if (sonameOffset != 0) soname_ = readString(read_, strings_ + sonameOffset, 256).value_or("");
  if (hash != 0) {
    const auto counts = readValue<std::array<std::uint32_t, 2>>(read_, hash);
    if (counts) symbolCount_ = std::min((*counts)[1], kMostSymbols);
  }
  return gnuHash == 0 ? Result<void>{} : readGnuHash(gnuHash);
}

Result<void> ElfImage::readGnuHash(Address address) {
  const auto head = readValue<std::array<std::uint32_t, 4>>(read_, address);
  if (!head) return std::unexpected(head.error());
  GnuHash table;
  table.bucketCount = (*head)[0];
  table.firstSymbol = (*head)[1];
  table.bloomSize = (*head)[2];
  table.bloomShift = (*head)[3];
  if (table.bucketCount == 0 || table.bloomSize == 0) return {};
  if (table.bucketCount > kMostSymbols || table.bloomSize > kMostSymbols || table.bloomShift > 63) {
    return notElf("odd hash table");
  }
  table.bloom = address + sizeof *head;
  table.buckets = table.bloom + Address{table.bloomSize} * 8;
  table.chains = table.buckets + Address{table.bucketCount} * 4;
  gnuHash_ = table;
  return {};
}

std::optional<Address> ElfImage::find(std::string_view name) const {
  return gnuHash_ ? findByGnuHash(name) : findByCount(name);
}

std::optional<Address> ElfImage::findByGnuHash(std::string_view name) const {
  const GnuHash& table = *gnuHash_;
  const std::uint32_t hash = gnuHashOf(name);
  const auto word =
      readValue<std::uint64_t>(read_, table.bloom + Address{(hash / 64) % table.bloomSize} * 8);
  const std::uint64_t bits =
      std::uint64_t{1} << (hash % 64) | std::uint64_t{1} << ((hash >> table.bloomShift) % 64);
  if (!word || (*word & bits) != bits) return {};
  const auto first =
      readValue<std::uint32_t>(read_, table.buckets + Address{hash % table.bucketCount} * 4);
  if (!first || *first < table.firstSymbol) return {};
  std::optional<Address> otherVersion;
  for (std::uint32_t step = 0; step < kLongestChain; ++step) {
    const std::uint32_t index = *first + step;
    const auto chained =
        readValue<std::uint32_t>(read_, table.chains + Address{index - table.firstSymbol} * 4);
    if (!chained) break;
    bool hidden = false;
    if ((*chained | 1) == (hash | 1)) {
      const auto found = matching(index, name, hidden);
      if (found && !hidden) return found;
      if (found) otherVersion = found;
    }
    if ((*chained & 1) != 0) break;  // the chain's last
  }
  return otherVersion;
}

std::optional<Address> ElfImage::findByCount(std::string_view name) const {
  std::optional<Address> otherVersion;
  for (std::uint32_t index = 1; index < symbolCount_; ++index) {
    bool hidden = false;
    const auto found = matching(index, name, hidden);
    if (found && !hidden) return found;
    if (found) otherVersion = found;
  }
  return otherVersion;
}

std::optional<Address> ElfImage::matching(std::uint32_t index, std::string_view name,
                                          bool& hidden) const {
  const auto symbol = readValue<Elf64_Sym>(read_, symbols_ + Address{index} * sizeof(Elf64_Sym));
  if (!symbol || symbol->st_shndx == SHN_UNDEF) return {};
  const unsigned kind = ELF64_ST_TYPE(symbol->st_info);
  if (kind != STT_FUNC && kind != STT_OBJECT && kind != STT_NOTYPE) return {};
  const auto text = readString(read_, strings_ + symbol->st_name, name.size() + 1);
  if (!text || *text != name) return {};
  if (versions_ != 0) {
    const auto version = readValue<std::uint16_t>(read_, versions_ + Address{index} * 2);
    hidden = version && (*version & kHiddenVersion) != 0;
  }
  return bias_ + symbol->st_value;
}

}  // namespace whyalive::attach
