#include "server/sources/allocations.h"

#include <algorithm>
#include <array>

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

// What people call the object that something belongs to.
bool namesTheOwner(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "parent", "owner", "master",   "container", "root",
      "outer",  "prev",  "previous", "manager",   "session"};
  while (name.starts_with('_')) name.remove_prefix(1);
  return std::ranges::find(kNames, name) != kNames.end() || name.ends_with("_parent") ||
         name.starts_with("parent_") || name.ends_with("_owner");
}

bool isParameter(const SourceFile& file, int function, std::string_view name) {
  if (function < 0) return false;
  const auto& parameters = file.index().functions[static_cast<std::size_t>(function)].parameters;
  return std::ranges::find(parameters, name, &Parameter::name) != parameters.end();
}

}  // namespace

std::vector<Candidate> findBackReferences(const Search& search) {
  std::vector<Candidate> found;
  for (const heap::TypeShare& share : search.suspect.types) {
    const auto [module, qualname] = search.modules.splitTypeName(share.type);
    const std::string& path = search.modules.fileOf(module);
    const SharedFile file =
        path.empty() || ModuleMap::isStandardLibrary(path) ? nullptr : search.index.file(path);
    if (!file) continue;
    for (const Use& use : file->index().uses) {
      const bool binds = use.kind == UseKind::Define && use.how == "=" &&
                         use.target.kind == TargetKind::Self && use.target.cls >= 0 &&
                         use.target.keys.empty() && use.value.path.isName();
      if (!binds || !namesTheOwner(use.target.name)) continue;
      const ClassFact& cls = file->index().classes[static_cast<std::size_t>(use.target.cls)];
      if (cls.qualname != qualname || !isParameter(*file, use.function, use.value.path.base)) {
        continue;
      }
      found.push_back({Role::Define, file, use.range, use.function, kConstructorCall, &use});
    }
  }
  return found;
}

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
