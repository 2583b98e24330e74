#include "server/session/memory_account.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "server/heap/snapshot.h"
#include "server/net/proc_files.h"

namespace whyalive::session {
namespace {

using Kind = api::MemoryPartKind;

constexpr std::size_t kFilesShown = 12;
constexpr std::int64_t kFreshMs = 5000;
constexpr std::size_t kLargestSmaps = 512 << 20;  // about a million mappings

// The number of a line like "# bytes in allocated blocks        =           25,904,272".
std::optional<std::uint64_t> figure(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  std::uint64_t value = 0;
  bool digits = false;
  for (const char c : line.substr(equals + 1)) {
    if (c < '0' || c > '9') continue;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    digits = true;
  }
  return digits ? std::optional(value) : std::nullopt;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Takes at most what is left.
Bytes take(Bytes& left, Bytes wanted) {
  const Bytes taken = std::min(left, wanted);
  left -= taken;
  return taken;
}

// Shares of the anonymous memory, in the order in which they are believed: what is in use was
// touched, free room may not have been.
struct Shares {
  Bytes objects = 0, allocated = 0, arenaFree = 0, mallocFree = 0, unexplained = 0;
  Bytes untouched = 0;  // allocated, but not resident
};

Shares sharesOf(const MemoryFacts& facts, const api::MemoryResult& account) {
  Shares shares;
  Bytes left = facts.resident.anonymous;
  if (!account.malloc) {
    if (facts.objects) shares.objects = take(left, facts.objects->bytes);
    shares.unexplained = left;
    return shares;
  }
  const api::ArenaState arenas = account.arenas.value_or(api::ArenaState{});
  const Bytes inUse = arenas.inUse + account.malloc->inUse;
  const Bytes objects = facts.objects ? std::min(facts.objects->bytes, inUse) : 0;
  shares.objects = take(left, objects);
  shares.allocated = take(left, inUse - objects);
  shares.untouched = inUse - shares.objects - shares.allocated;
  shares.arenaFree = take(left, arenas.bytes - std::min(arenas.inUse, arenas.bytes));
  shares.mallocFree = take(left, account.malloc->free);
  shares.unexplained = left;
  return shares;
}

std::string_view otherAllocator(const ResidentMemory& resident) {
  static constexpr std::array<std::string_view, 3> names = {"jemalloc", "tcmalloc", "mimalloc"};
  for (const auto& [path, bytes] : resident.byFile) {
    for (const std::string_view name : names) {
      if (contains(path, "lib" + std::string(name))) return name;
    }
  }
  return {};
}

bool isLarge(Bytes part, Bytes whole) { return part >= whole / 4 && part >= 8'000'000; }

std::vector<std::string> notesOf(const MemoryFacts& facts, const api::MemoryResult& account,
                                 const Shares& shares) {
  std::vector<std::string> notes;
  if (!facts.agent) {
    notes.emplace_back(
        "No agent answers in this process, so its allocators could not be asked: what they hold is "
        "in the unexplained part; load one with `whyalive attach " +
        std::to_string(account.pid) + "`.");
  } else if (!account.arenas) {
    notes.emplace_back("This Python runs without its own allocator (PYTHONMALLOC).");
  }
  if (facts.agent && !facts.agent->mallocKnown) {
    notes.emplace_back("The C library's allocator could not be asked.");
  }
  if (isLarge(shares.arenaFree, account.rss)) {
    notes.emplace_back(
        "Much of Python's arenas is free: the heap was larger once. An arena goes back to the "
        "system only when nothing in it is in use, so a few objects that live long can hold it.");
  }
  if (isLarge(shares.mallocFree, account.rss)) {
    notes.emplace_back(
        "Much of the C library's heap is free but not given back: it can only shrink from its end. "
        "MALLOC_ARENA_MAX=2 in the environment, or malloc_trim(0), may help.");
  }
  if (facts.objects && facts.time - facts.objects->time > kFreshMs) {
    notes.push_back("The objects are those of a snapshot that is " +
                    std::to_string((facts.time - facts.objects->time) / 1000) +
                    " s old: what came since is among the other blocks.");
  } else if (facts.objects && isLarge(shares.allocated, account.rss)) {
    notes.emplace_back(
        "Much is allocated by native code and belongs to no Python object that can be seen: look "
        "at extension modules.");
  }
  if (const auto name = otherAllocator(facts.resident); !name.empty()) {
    notes.push_back("The program uses " + std::string(name) +
                    ", which is not asked: what it holds is in the unexplained part.");
  }
  if (isLarge(shares.untouched, account.rss)) {
    notes.emplace_back(
        "More is allocated than is resident: the rest was never touched, or is swapped out.");
  }
  return notes;
}

std::vector<api::MappedFile> largestFiles(const std::map<std::string, Bytes>& byFile) {
  std::vector<api::MappedFile> files;
  for (const auto& [path, bytes] : byFile) {
    if (bytes > 0) files.push_back({path, bytes});
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  if (files.size() > kFilesShown) files.resize(kFilesShown);
  return files;
}

void addAgent(api::MemoryResult& account, const agent::wire::MemoryResult& agent) {
  account.arenas = parseArenas(agent.allocator);
  if (agent.mallocKnown) {
    account.malloc = api::MallocState{agent.mallocInUse + agent.mallocMapped, agent.mallocMapped,
                                      agent.mallocFree};
  }
  if (agent.collectorKnown) {
    account.collector =
        api::Collector{agent.collectorEnabled, agent.collectorThresholds, agent.collectorCounts};
  }
}

}  // namespace

std::optional<api::ArenaState> parseArenas(std::string_view text) {
  api::ArenaState state;
  bool known = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto value = figure(line);
    if (!value) continue;
    if (contains(line, "arenas allocated current")) {
      state.arenas = *value;
      known = true;
    } else if (contains(line, "bytes/arena")) {
      state.bytes = *value;
    } else if (contains(line, "bytes in allocated blocks")) {
      state.inUse = *value;
    } else if (contains(line, "unused pools *")) {
      state.unusedPools = *value;
    }
  }
  return known ? std::optional(state) : std::nullopt;
}

api::CountedObjects countObjects(const heap::Snapshot& snapshot) {
  api::CountedObjects counted;
  counted.count = snapshot.objectCount();
  for (const std::uint16_t size : snapshot.size) {
    if (size != heap::Snapshot::kLargeSize) counted.bytes += size;
  }
  for (const auto& [object, size] : snapshot.largeSizes) counted.bytes += size;
  for (const heap::NativeSizeRecord& native : snapshot.nativeSizes) counted.bytes += native.bytes;
  return counted;
}

Result<MemoryFacts> readMemoryFacts(std::int64_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto status = net::readProcFile(folder + "/status");
  if (!status) {
    return fail(ErrorCode::NotFound, "there is no process " + std::to_string(pid),
                "list the Python processes with: whyalive ps");
  }
  const auto smaps = net::readProcFile(folder + "/smaps", kLargestSmaps);
  if (!smaps) {
    return fail(ErrorCode::PermissionDenied,
                "the memory of process " + std::to_string(pid) + " may not be looked at",
                "ask as the user whose process it is");
  }
  MemoryFacts facts;
  facts.pid = pid;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  facts.time = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  facts.resident = parseSmaps(*smaps);
  facts.status = parseMemoryStatus(*status);
  return facts;
}

api::MemoryResult memoryAccount(const MemoryFacts& facts) {
  const ResidentMemory& resident = facts.resident;
  api::MemoryResult account;
  account.pid = facts.pid;
  account.rss = resident.rss;
  account.peak = std::max(facts.status.peak, resident.rss);
  account.swapped = resident.swapped;
  account.privateBytes = resident.privateBytes;
  account.threads = facts.status.threads;
  account.files = largestFiles(resident.byFile);
  account.objects = facts.objects;
  if (facts.agent) addAgent(account, *facts.agent);
  const Shares shares = sharesOf(facts, account);
  account.parts = {{Kind::Objects, shares.objects},        {Kind::Allocated, shares.allocated},
                   {Kind::ArenaFree, shares.arenaFree},    {Kind::MallocFree, shares.mallocFree},
                   {Kind::Libraries, resident.libraries},  {Kind::Files, resident.files},
                   {Kind::Shared, resident.shared},        {Kind::Stacks, resident.stacks},
                   {Kind::Unexplained, shares.unexplained}};
  account.notes = notesOf(facts, account, shares);
  return account;
}

}  // namespace whyalive::session
