// whyalive/memory: where a process's resident memory is.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

struct MemoryParams {
  std::optional<std::int64_t> pid;  // the attached one
  static constexpr auto fields() { return std::tuple{json::defaulted("pid", &MemoryParams::pid)}; }
};

// Together they are the resident memory; each page is in one part.
enum class MemoryPartKind {
  Objects,      // Python objects with what they own
  Allocated,    // other blocks in use; every block in use where the objects are not known
  ArenaFree,    // free room in the arenas of Python's allocator
  MallocFree,   // free in the C library's heap
  Libraries,    // the program and shared libraries
  Files,        // other mapped files
  Shared,       // shared memory
  Stacks,       // of threads
  Unexplained,  // the rest
};
constexpr auto wireNames(MemoryPartKind) {
  return std::array{json::WireName<MemoryPartKind>{MemoryPartKind::Objects, "objects"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::Allocated, "allocated"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::ArenaFree, "arena-free"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::MallocFree, "malloc-free"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::Libraries, "libraries"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::Files, "files"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::Shared, "shared"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::Stacks, "stacks"},
                    json::WireName<MemoryPartKind>{MemoryPartKind::Unexplained, "unexplained"}};
}

struct MemoryPart {
  MemoryPartKind part = MemoryPartKind::Unexplained;
  std::uint64_t bytes = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("part", &MemoryPart::part),
                      json::required("bytes", &MemoryPart::bytes)};
  }
};

struct MappedFile {
  std::string path;
  std::uint64_t bytes = 0;  // resident
  static constexpr auto fields() {
    return std::tuple{json::required("path", &MappedFile::path),
                      json::required("bytes", &MappedFile::bytes)};
  }
};

// Python's own allocator: blocks up to 512 bytes, in arenas.
struct ArenaState {
  std::uint64_t arenas = 0;
  std::uint64_t bytes = 0;
  std::uint64_t inUse = 0;
  std::uint64_t unusedPools = 0;  // bytes of pools without a block in use
  static constexpr auto fields() {
    return std::tuple{json::required("arenas", &ArenaState::arenas),
                      json::required("bytes", &ArenaState::bytes),
                      json::required("inUse", &ArenaState::inUse),
                      json::required("unusedPools", &ArenaState::unusedPools)};
  }
};

// The C library's allocator.
struct MallocState {
  std::uint64_t inUse = 0;   // blocks of the heap and mapped ones
  std::uint64_t mapped = 0;  // of it: large blocks, given back to the system when they are freed
  std::uint64_t free = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("inUse", &MallocState::inUse),
                      json::required("mapped", &MallocState::mapped),
                      json::required("free", &MallocState::free)};
  }
};

struct Collector {
  bool enabled = true;
  std::vector<std::int64_t> thresholds, counts;  // empty when the interpreter does not tell
  static constexpr auto fields() {
    return std::tuple{json::required("enabled", &Collector::enabled),
                      json::required("thresholds", &Collector::thresholds),
                      json::required("counts", &Collector::counts)};
  }
};

struct CountedObjects {
  std::string snapshot;  // empty when it was taken for this answer alone
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::int64_t time = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &CountedObjects::snapshot),
                      json::required("count", &CountedObjects::count),
                      json::required("bytes", &CountedObjects::bytes),
                      json::required("time", &CountedObjects::time)};
  }
};

struct MemoryResult {
  std::int64_t pid = 0;
  std::uint64_t rss = 0;
  std::uint64_t peak = 0;          // the highest RSS so far
  std::uint64_t swapped = 0;       // not resident
  std::uint64_t privateBytes = 0;  // of rss: nobody else has these pages
  std::uint64_t threads = 0;
  std::vector<MemoryPart> parts;  // all of them, in the order of MemoryPartKind
  std::vector<MappedFile> files;  // the largest
  std::optional<CountedObjects> objects;
  std::optional<ArenaState> arenas;
  std::optional<MallocState> malloc;
  std::optional<Collector> collector;
  std::vector<std::string> notes;
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &MemoryResult::pid),
                      json::required("rss", &MemoryResult::rss),
                      json::required("peak", &MemoryResult::peak),
                      json::required("swapped", &MemoryResult::swapped),
                      json::required("private", &MemoryResult::privateBytes),
                      json::required("threads", &MemoryResult::threads),
                      json::required("parts", &MemoryResult::parts),
                      json::required("files", &MemoryResult::files),
                      json::defaulted("objects", &MemoryResult::objects),
                      json::defaulted("arenas", &MemoryResult::arenas),
                      json::defaulted("malloc", &MemoryResult::malloc),
                      json::defaulted("collector", &MemoryResult::collector),
                      json::required("notes", &MemoryResult::notes)};
  }
};
struct Memory {
  static constexpr std::string_view kMethod = "whyalive/memory";
  using Params = MemoryParams;
  using Result = MemoryResult;
};

}  // namespace whyalive::api
