#include "server/attach/interpreter.h"

#include <algorithm>
#include <charconv>

namespace whyalive::attach {
namespace {

constexpr std::string_view kCApi = "PyGILState_Ensure";    // every CPython has it
constexpr std::string_view kVersionSymbol = "Py_Version";  // since 3.11
constexpr std::string_view kOnlyWithoutGil = "_Py_MergeZeroLocalRefcount";
constexpr std::string_view kOnlyPython2 = "PyString_FromString";
constexpr std::string_view kInConstants = "lib/python";  // part of the module search path
constexpr std::size_t kMostConstants = std::size_t{64} << 20;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// "3.11…" at the start of the text.
std::optional<Version> dottedVersion(std::string_view text) {
  Version version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc() || version.major < 2 || version.major > 9) return {};
  return version;
}

std::optional<Version> versionInMemory(const ElfImage& image, const ReadMemory& read) {
  const auto symbol = image.find(kVersionSymbol);
  if (!symbol) return {};
  const auto value = readValue<std::uint64_t>(read, *symbol);
  if (!value) return {};
  const Version version{static_cast<int>(*value >> 24 & 0xff),
                        static_cast<int>(*value >> 16 & 0xff)};
  if (*value > 0xffffffff || version.major != 3) return {};
  return version;
}

// The interpreter's constants hold "lib/python3.9", where it looks for its library.
std::optional<Version> versionInConstants(const ElfImage& image, const ReadMemory& read) {
  for (const ElfImage::Segment& segment : image.segments()) {
    if (segment.writable || segment.size > kMostConstants) continue;
    std::string bytes(segment.size, '\0');
    if (!read(segment.start, std::as_writable_bytes(std::span(bytes)))) continue;
    for (std::size_t at = 0; (at = bytes.find(kInConstants, at)) != std::string::npos;) {
      at += kInConstants.size();
      if (auto version = dottedVersion(std::string_view(bytes).substr(at, 8))) return version;
    }
  }
  return {};
}

std::optional<Version> versionOf(const Module& module, const ElfImage& image,
                                 const std::vector<Module>& modules, const ReadMemory& read) {
  if (auto version = versionInMemory(image, read)) return version;
  if (auto version = versionInName(image.soname())) return version;
  if (auto version = versionInName(module.name())) return version;
  if (auto version = versionInConstants(image, read)) return version;
  for (const Module& other : modules) {
    if (other.name().find(".cpython-") == std::string_view::npos) continue;
    if (auto version = versionInName(other.name())) return version;
  }
  return {};
}

}  // namespace

std::optional<Version> versionInName(std::string_view fileName) {
  constexpr std::string_view kTag = ".cpython-";
  if (const std::size_t tag = fileName.find(kTag); tag != std::string_view::npos) {
    std::string_view digits = fileName.substr(tag + kTag.size());
    digits = digits.substr(
        0, static_cast<std::size_t>(std::ranges::find_if_not(digits, isDigit) - digits.begin()));
    Version version;
    if (digits.size() < 2 || digits.size() > 4 || digits[0] != '3') return {};
    version.major = 3;
    std::from_chars(digits.data() + 1, digits.data() + digits.size(), version.minor);
    return version;
  }
  for (const std::string_view prefix :
       {std::string_view("libpython"), std::string_view("python")}) {
    if (fileName.starts_with(prefix)) return dottedVersion(fileName.substr(prefix.size()));
  }
  return {};
}

Result<Interpreter> findInterpreter(const std::vector<Module>& modules, const ReadMemory& read) {
  for (const Module& module : modules) {
    auto image = ElfImage::open(read, module.base);
    if (!image || !image->find(kCApi)) continue;
    if (image->find(kOnlyPython2)) {
      return fail(ErrorCode::Unsupported, "the process runs Python 2",
                  "WhyAlive works with CPython 3");
    }
    const auto version = versionOf(module, *image, modules, read);
    if (!version) {
      return fail(ErrorCode::Unsupported,
                  "the version of the Python in " + module.path + " could not be found out");
    }
    if (image->find(kOnlyWithoutGil)) {
      return fail(ErrorCode::Unsupported,
                  "the process runs a free-threaded CPython " + version->text() +
                      ", which WhyAlive does not support yet",
                  "run the program with a build of CPython that has the GIL");
    }
    return Interpreter{*version, module, std::move(*image)};
  }
  return fail(ErrorCode::Unsupported, "the process is not a CPython program",
              "`whyalive ps` lists those that are");
}

}  // namespace whyalive::attach
