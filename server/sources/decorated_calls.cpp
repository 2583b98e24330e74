#include "server/sources/decorated_calls.h"

#include <algorithm>

#include "server/sources/store_score.h"
#include "server/sources/store_search.h"

namespace whyalive::sources {
namespace {

using heap::StepKind;

constexpr int kCalledHere = 20;   // a call of the function under its own name …
constexpr int kCalledByName = 4;  // … or of something called like it
constexpr int kRecursiveCall = -15;
constexpr int kBehindTheStore = 4;

int callScore(const FoundFunction& function, const SharedFile& file, const Call& call,
              const Search& search) {
  const std::string_view name = function.fact().name;
  const Path& callee = call.callee;
  if (file == function.file) return kCalledHere;
  for (const Import& import : file->index().imports) {
    if (import.local != callee.base) continue;
    std::string module = search.modules.resolveImport(import.module, file->path());
    if (callee.isName() && import.member == name &&
        search.modules.fileOf(module) == function.file->path()) {
      return kCalledHere;
    }
    if (!import.member.empty()) module += "." + std::string(import.member);
    if (search.modules.fileOf(module) == function.file->path()) return kCalledHere;
  }
  return callee.isName() ? -100 : kCalledByName;
}

// The decorated function that the step's name is bound to in the program's text.
FoundFunction decoratedNamed(const SharedFile& file, std::string_view qualname) {
  const FoundFunction function = findFunction(file, qualname, 0);
  return function && !function.fact().decorators.empty() ? function : FoundFunction{};
}

// module → function, or module → class → method: what a person calls by its name.
FoundFunction decoratedOnTheWay(const heap::Holder& holder, const Search& search) {
  SharedFile file;
  std::string qualname;
  for (const heap::Step& step : holder.steps) {
    switch (step.kind) {
      case StepKind::Module: {
        const std::string& path = search.modules.fileOf(step.name);
        const bool program = !path.empty() && !ModuleMap::isInstalled(path);
        file = program ? search.index.file(path) : nullptr;
        break;
      }
      case StepKind::Global: qualname = step.name; break;
      case StepKind::ClassAttribute: qualname += "." + step.name; break;
      default: return {};
    }
    if (const FoundFunction found = decoratedNamed(file, qualname)) return found;
  }
  return {};
}

}  // namespace

std::vector<Candidate> callsOf(const FoundFunction& function, const Search& search) {
  std::vector<Candidate> found;
  const bool library = ModuleMap::isStandardLibrary(function.file->path());
  search.eachFileWith(function.fact().name, [&](const SharedFile& file) {
    if (!library && ModuleMap::isStandardLibrary(file->path())) return true;
    for (const Call& call : file->index().calls) {
      const Path& callee = call.callee;
      const std::string_view last = callee.accesses.empty() ? callee.base
                                    : callee.accesses.back().kind == AccessKind::Attribute
                                        ? callee.accesses.back().name
                                        : std::string_view{};
      if (last != function.fact().name) continue;
      int score = callScore(function, file, call, search);
      if (call.function < 0) score += points::kModuleLevel;
      if (file == function.file && call.function == function.number) score += kRecursiveCall;
      found.push_back({Role::Store, file, call.range, call.function, score, nullptr});
    }
    return true;
  });
  return found;
}

std::vector<Candidate> ownCallsOf(const FoundFunction& function, const Search& search) {
  std::vector<Candidate> calls = callsOf(function, search);
  std::erase_if(calls, [](const Candidate& one) { return one.score < kCalledHere; });
  return calls;
}

FoundFunction decoratedAt(const SharedFile& file, ByteRange expression) {
  for (std::size_t i = 0; i < file->index().functions.size(); ++i) {
    for (const Decorator& one : file->index().functions[i].decorators) {
      if (one.range.begin <= expression.begin && expression.end <= one.range.end) {
        return {file, static_cast<int>(i)};
      }
    }
  }
  return {};
}

std::vector<Candidate> findDecoratedCalls(const heap::Holder& holder,
                                          const std::vector<Candidate>& stores,
                                          const Search& search) {
  const FoundFunction function = decoratedOnTheWay(holder, search);
  int best = kLowestStoreScore;
  for (const Candidate& one : stores) {
    if (one.role != Role::Store) continue;
    best = std::max(best, one.score);
    // encode.register(cls): a method of what the decorator made fills it, calling it does not.
    const bool byMethod = one.use != nullptr && one.use->target.kind == TargetKind::Global;
    if (function && byMethod && one.use->target.name == function.fact().name) return {};
  }
  if (!function || best == kLowestStoreScore) return {};
  std::vector<Candidate> calls = ownCallsOf(function, search);
  for (Candidate& call : calls) call.score = best - kBehindTheStore;
  return calls;
}

}  // namespace whyalive::sources
