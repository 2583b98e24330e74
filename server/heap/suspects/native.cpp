#include "server/heap/suspects/native.h"

#include <algorithm>
#include <vector>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

// Objects up to this size are the interpreter's own allocator's, not malloc's.
constexpr Bytes kLargestSmallObject = 512;

// Parts of the standard library whose objects are handles of memory elsewhere.
bool isHandleModule(std::string_view module) {
  constexpr std::string_view kModules[] = {"_blake2",  "_bz2",     "_ctypes", "_curses",  "_dbm",
                                           "_gdbm",    "_hashlib", "_lzma",   "_sqlite3", "_ssl",
                                           "_tkinter", "mmap",     "pyexpat", "sqlite3",  "zlib"};
  return std::ranges::find(kModules, module) != std::end(kModules);
}

bool goesOn(const RunControl& control, std::uint32_t object) {
  constexpr std::uint32_t kCheckEvery = 1u << 16;
  return object % kCheckEvery != 0 || control.keepGoing("looking for native memory", 0);
}

std::string_view topOf(std::string_view module) { return module.substr(0, module.find('.')); }

class Extensions {
 public:
  explicit Extensions(const Analysis& analysis)
      : graph_(analysis.graph()), paths_(analysis.paths()) {
    for (const ModuleRecord& module : graph_.snapshot().modules) {
      const std::string_view file = graph_.name(module.file);
      if (file.empty() || analysis.process().isStandardLibrary(file)) continue;
      installed_.insert({topOf(graph_.name(module.name)), true});
    }
    // What is known to the byte needs no share.
    known_.resize(graph_.typeCount());
    for (const NativeSizeRecord& n : graph_.snapshot().nativeSizes) {
      known_[raw(graph_.type(n.object))] = true;
    }
  }

  // What a module offers (numpy's functions, say) is part of the program, not of what it holds.
  std::map<std::string, std::uint64_t> instances(const RunControl& control) const {
    std::vector<std::uint64_t> counts(graph_.typeCount()), offered(graph_.typeCount());
    for (std::uint32_t o = 0; o < graph_.objectCount(); ++o) {
      if (!goesOn(control, o)) break;
      const std::uint32_t type = raw(graph_.type(ObjectIndex{o}));
      ++counts[type];
      if (paths_.reached(ObjectIndex{o}) &&
          graph_.moduleOfNamespace(paths_.parent(ObjectIndex{o})) != nullptr) {
        ++offered[type];
      }
    }
    std::map<std::string, std::uint64_t> byName;
    for (std::uint32_t t = 0; t < counts.size(); ++t) {
      if (counts[t] < threshold::kGrowthEntries || known_[t] || !isExtension(TypeIndex{t}))
        continue;
      if (2 * offered[t] > counts[t]) continue;
      byName[std::string(graph_.typeName(TypeIndex{t}))] += counts[t];
    }
    return byName;
  }

 private:
  // A type that C code made, or one derived from such a type.
  bool isExtension(TypeIndex t) const {
    const auto own = [&](TypeIndex one) {
      const TypeRecord& type = graph_.typeInfo(one);
      if (type.has(TypeFlag::PythonClass)) return false;
      const std::string_view module = graph_.name(type.module);
      return isHandleModule(module) || installed_.contains(topOf(module));
    };
    return own(t) || std::ranges::any_of(graph_.mro(t), own);
  }

  const HeapGraph& graph_;
  const Paths& paths_;
  std::map<std::string_view, bool> installed_;
  std::vector<bool> known_;
};

Bytes unexplained(const Analysis& analysis, const RunControl& control) {
  const Bytes used = analysis.process().mallocInUse.value_or(0);
  Bytes explained = 0;
  const HeapGraph& graph = analysis.graph();
  for (std::uint32_t o = 0; o < graph.objectCount() && goesOn(control, o); ++o) {
    const Bytes size = graph.size(ObjectIndex{o});
    explained += (size > kLargestSmallObject ? size : 0) + graph.nativeSize(ObjectIndex{o});
  }
  return used > explained ? used - explained : 0;
}

}  // namespace

std::optional<Bytes> unexplainedMemory(const Analysis& analysis, const RunControl& control) {
  const std::optional<Bytes> rss = analysis.process().rss;
  if (!analysis.process().mallocInUse || !rss) return std::nullopt;
  const Bytes bytes = unexplained(analysis, control);
  const auto share = static_cast<Bytes>(threshold::kNativeShare * static_cast<double>(*rss));
  return bytes >= std::max(share, threshold::kNativeBytes) ? std::optional(bytes) : std::nullopt;
}

NativeShares nativeShares(const Analysis& now, std::span<const Analysis* const> bases,
                          const RunControl& control) {
  NativeShares shares;
  const std::optional<Bytes> bytes = unexplainedMemory(now, control);
  if (!bytes) return shares;
  const std::map<std::string, std::uint64_t> counts = Extensions(now).instances(control);
  if (bases.empty()) {
    std::uint64_t all = 0;
    for (const auto& [type, count] : counts) all += count;
    for (const auto& [type, count] : counts) shares.ofInstance[type] = *bytes / all;
    return shares;
  }
  const Analysis& before = *bases.front();
  const Bytes bytesBefore = before.process().mallocInUse ? unexplained(before, control) : *bytes;
  if (*bytes < bytesBefore + threshold::kGrowthBytes) return shares;
  const std::map<std::string, std::uint64_t> countsBefore = Extensions(before).instances(control);
  std::pair<std::uint64_t, std::string> most;
  for (const auto& [type, count] : counts) {
    const auto it = countsBefore.find(type);
    const std::uint64_t then = it == countsBefore.end() ? 0 : it->second;
    if (count > then) most = std::max(most, std::pair(count - then, type));
  }
  if (most.first < threshold::kGrowthEntries) return shares;
  shares.ofInstance[most.second] = (*bytes - bytesBefore) / most.first;
  shares.fromGrowth = true;
  return shares;
}

}  // namespace whyalive::heap
