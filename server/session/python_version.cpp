#include "server/session/python_version.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <span>

namespace whyalive::session {
namespace {

// The file's bytes, mapped; empty when it cannot be.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return;
    struct stat info{};
    if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
      size_ = static_cast<std::size_t>(info.st_size);
      data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    close(descriptor);
  }
  ~MappedFile() {
    if (data_ != MAP_FAILED) munmap(data_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const {
    if (data_ == MAP_FAILED) return {};
    return {static_cast<const std::byte*>(data_), size_};
  }

 private:
  void* data_ = MAP_FAILED;
  std::size_t size_ = 0;
};

template <class T>
bool readAt(std::span<const std::byte> bytes, std::uint64_t offset, T& value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return true;
}

bool textAt(std::span<const std::byte> bytes, std::uint64_t offset, std::string_view expected) {
  if (offset > bytes.size() || bytes.size() - offset <= expected.size()) return false;
  const auto* text = reinterpret_cast<const char*>(bytes.data() + offset);
  return std::string_view(text, expected.size()) == expected && text[expected.size()] == '\0';
}

// The file offset at which `address` of the loaded image lies.
bool fileOffset(std::span<const std::byte> bytes, const Elf64_Ehdr& header, std::uint64_t address,
                std::uint64_t& offset) {
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!readAt(bytes, header.e_phoff + i * sizeof segment, segment)) return false;
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      offset = segment.p_offset + (address - segment.p_vaddr);
      return true;
    }
  }
  return false;
}

bool findSymbol(std::span<const std::byte> bytes, const Elf64_Ehdr& header, std::string_view name,
                Elf64_Sym& symbol) {
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr table;
    if (!readAt(bytes, header.e_shoff + i * sizeof table, table)) return false;
    if (table.sh_type != SHT_DYNSYM || table.sh_size > bytes.size()) continue;
    Elf64_Shdr strings;
    if (!readAt(bytes, header.e_shoff + table.sh_link * sizeof strings, strings)) return false;
    for (std::uint64_t at = 0; at + sizeof symbol <= table.sh_size; at += sizeof symbol) {
      if (!readAt(bytes, table.sh_offset + at, symbol)) return false;
      if (textAt(bytes, strings.sh_offset + symbol.st_name, name)) return true;
    }
  }
  return false;
}

bool allDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string versionInName(std::string_view fileName) {
  const std::size_t at = fileName.find("python");
  if (at == std::string_view::npos) return "";
  const std::string_view rest = fileName.substr(at + 6);
  const auto isDigit = [&](std::size_t i) {
    return i < rest.size() && rest[i] >= '0' && rest[i] <= '9';
  };
  std::size_t end = 0;
  while (isDigit(end)) ++end;
  const bool hasMinor = end > 0 && end < rest.size() && rest[end] == '.' && isDigit(end + 1);
  if (hasMinor) {
    ++end;
    while (isDigit(end)) ++end;
  }
  std::string version(rest.substr(0, end));
  if (hasMinor && end < rest.size() && rest[end] == 't') version += 't';
  return version;
}

bool isPythonName(std::string_view fileName) {
  if (!fileName.starts_with("python")) return false;
  std::string_view rest = fileName.substr(6);
  if (rest.ends_with('t') || rest.ends_with('d')) rest.remove_suffix(1);
  if (rest.empty() || allDigits(rest)) return true;
  const std::size_t dot = rest.find('.');
  return dot != std::string_view::npos && allDigits(rest.substr(0, dot)) &&
         allDigits(rest.substr(dot + 1));
}

std::string versionInBinary(const std::string& path) {
  const MappedFile file(path);
  const std::span<const std::byte> bytes = file.bytes();
  Elf64_Ehdr header;
  if (!readAt(bytes, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "";
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) return "";
  Elf64_Sym symbol;
  std::uint64_t offset = 0;
  std::uint64_t value = 0;
  if (!findSymbol(bytes, header, "Py_Version", symbol) || symbol.st_shndx == SHN_UNDEF ||
      !fileOffset(bytes, header, symbol.st_value, offset) || !readAt(bytes, offset, value)) {
    return "";
  }
  // PY_VERSION_HEX: major, minor, micro, then level (0xF = final) and serial.
  return std::to_string(value >> 24 & 0xFF) + "." + std::to_string(value >> 16 & 0xFF) + "." +
         std::to_string(value >> 8 & 0xFF);
}

}  // namespace whyalive::session
