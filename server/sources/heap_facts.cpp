#include <algorithm>
#include <unordered_map>

#include "server/heap/analysis.h"
#include "server/heap/statistics_index.h"
#include "server/sources/live_facts.h"
#include "server/sources/snapshot_files.h"

namespace whyalive::sources {
namespace {

bool sameFile(std::string_view written, std::string_view wanted, std::string_view folder) {
  if (written == wanted) return true;
  if (written.ends_with(".pyc")) written.remove_suffix(1);
  if (written == wanted) return true;
  return !written.empty() && written.front() != '/' && absolutePath(written, folder) == wanted;
}

}  // namespace

HeapFacts::HeapFacts(const heap::Analysis& now, const heap::Analysis* since, std::string_view file)
    : now_(now), since_(since) {
  const heap::Snapshot& snapshot = now.graph().snapshot();
  const std::string& folder = now.process().workingDirectory;
  for (const heap::ModuleRecord& record : snapshot.modules) {
    if (!sameFile(snapshot.name(record.file), file, folder)) continue;
    std::string name(snapshot.name(record.name));
    if (std::ranges::find(modules_, name) == modules_.end()) modules_.push_back(std::move(name));
  }
  std::ranges::stable_partition(modules_, [](const std::string& one) { return one != "__main__"; });
  std::unordered_map<std::uint32_t, bool> isOurs;  // by name index
  for (const heap::CodeRecord& code : snapshot.codes) {
    const auto [known, added] = isOurs.emplace(raw(code.file), false);
    if (added && sameFile(snapshot.name(code.file), file, folder)) {
      known->second = true;
      codeFiles_.emplace_back(snapshot.name(code.file));
    }
    if (!known->second) continue;
    std::string_view qualname = snapshot.name(code.qualname);
    if (qualname.empty()) qualname = snapshot.name(code.name);
    functions_.push_back({std::string(qualname), code.firstLine});
  }
}

std::string HeapFacts::module() const {
  return modules_.empty() ? std::string{} : modules_.front();
}

std::optional<heap::ClassStatistics> HeapFacts::ofClass(std::string_view qualname) const {
  for (const std::string& module : modules_) {
    if (auto found = heap::classStatistics(now_, module, qualname, since_)) return found;
  }
  return std::nullopt;
}

std::optional<heap::ContainedStatistics> HeapFacts::ofAttribute(std::string_view qualname,
                                                                std::string_view name) const {
  for (const std::string& module : modules_) {
    if (auto found = heap::attributeStatistics(now_, module, qualname, name, since_)) return found;
  }
  return std::nullopt;
}

std::optional<heap::ContainedStatistics> HeapFacts::ofGlobal(std::string_view name) const {
  for (const std::string& module : modules_) {
    if (auto found = heap::globalStatistics(now_, module, name, since_)) return found;
  }
  return std::nullopt;
}

std::vector<LiveFunction> HeapFacts::functions() const { return functions_; }

std::vector<LiveSuspension> HeapFacts::suspensions() const {
  std::vector<LiveSuspension> found;
  for (const LiveFunction& function : functions_) {
    for (const std::string& file : codeFiles_) {
      const auto* lines =
          now_.statistics().suspended({file, function.qualname, function.firstLine});
      if (lines == nullptr) continue;
      for (const heap::Suspension& one : *lines) {
        found.push_back({function, one.line, one.count, one.retained});
      }
    }
  }
  return found;
}

std::vector<LiveClosures> HeapFacts::closures() const {
  std::vector<LiveClosures> found;
  for (const LiveFunction& function : functions_) {
    for (const std::string& file : codeFiles_) {
      auto statistics = heap::closureStatistics(now_, file, function.qualname, function.firstLine);
      if (statistics) found.push_back({function, std::move(*statistics)});
    }
  }
  return found;
}

}  // namespace whyalive::sources
