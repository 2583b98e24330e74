#include "server/sources/allocations.h"

#include <algorithm>

#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

constexpr int kSwitch = 30;
constexpr int kConstructorCall = 20;
constexpr std::size_t kTypesLookedFor = 2;

bool isCollectorCall(const SourceFile& file, const Path& callee, std::string_view function) {
  if (callee.isName()) {
    return callee.base == function &&
           std::ranges::any_of(file.index().imports, [&](const Import& import) {
             return import.module == "gc" && import.local == function;
           });
  }
  return callee.accesses.size() == 1 && callee.base == "gc" && callee.accesses[0].name == function;
}

bool isZero(const Value& value) { return value.kind == ValueKind::Int; }

}  // namespace

std::vector<Candidate> findCollectorSwitches(const Search& search) {
  std::vector<Candidate> found;
  search.eachFileWith("gc", [&](const SharedFile& file) {
    if (ModuleMap::isStandardLibrary(file->path())) return false;
    const auto& calls = file->index().calls;
    for (const Call& call : calls) {
      const bool off = isCollectorCall(*file, call.callee, "disable") ||
                       (isCollectorCall(*file, call.callee, "set_threshold") &&
                        !call.arguments.empty() && isZero(call.arguments[0].value) &&
                        file->slice(call.range).find("(0") != std::string_view::npos);
      if (!off) continue;
      const bool onAgain = std::ranges::any_of(calls, [&](const Call& other) {
        return other.function == call.function && other.range.begin > call.range.begin &&
               isCollectorCall(*file, other.callee, "enable");
      });
      if (onAgain) continue;
      found.push_back({Role::Define, file, call.range, call.function, kSwitch, nullptr});
    }
    return true;
  });
  return found;
}

std::vector<Candidate> findAllocations(const Search& search) {
  std::vector<Candidate> found;
  std::size_t looked = 0;
  for (const heap::TypeShare& share : search.suspect.types) {
    const auto [module, qualname] = search.modules.splitTypeName(share.type);
    const std::string& home = search.modules.fileOf(module);
    if (home.empty() || ModuleMap::isStandardLibrary(home)) continue;
    if (looked++ == kTypesLookedFor) break;
    const std::string name(lastName(qualname));
    search.eachFileWith(name, [&](const SharedFile& file) {
      if (ModuleMap::isStandardLibrary(file->path())) return false;
      for (const Call& call : file->index().calls) {
        const Path& callee = call.callee;
        const std::string_view last =
            callee.accesses.empty() ? callee.base : callee.accesses.back().name;
        if (last != name) continue;
        int score = kConstructorCall - static_cast<int>(looked);
        if (call.function < 0) score += points::kModuleLevel / 2;
        if (!call.inLoop && call.function < 0) score -= 5;
        found.push_back({Role::Allocate, file, call.range, call.function, score, nullptr});
      }
      return true;
    });
  }
  return found;
}

}  // namespace whyalive::sources
