#include "server/sources/function_places.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "server/sources/anchor.h"
#include "server/sources/decorated_calls.h"
#include "server/sources/getter_stores.h"
#include "server/sources/mutators.h"
#include "server/sources/scopes.h"
#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

constexpr int kOwnVariable = 30;        // a store into the very variable
constexpr int kHoldsByItself = 35;      // the variable is no container: capturing it is what keeps
constexpr int kHoldsContainer = 20;     // the container is captured: its stores come first
constexpr int kDecorated = 15;          // below a call that fills the cache, above a guess
constexpr std::int64_t kMaxDrift = 40;  // lines a suspension may have moved within its function

FoundFunction foundOf(const heap::Holder& holder, const Search& search) {
  const std::string& moduleFile = search.modules.fileOf(holder.function.module);
  const std::string path =
      holder.function.file.empty() ? moduleFile : search.index.localPath(holder.function.file);
  SharedFile file = search.index.file(path);
  if (!file && !moduleFile.empty()) file = search.index.file(moduleFile);
  return findFunction(file, holder.function.qualname, holder.function.firstLine);
}

// The function, from `start` outwards, that binds the variable.
int binderOf(const FileIndex& index, int start, std::string_view name) {
  for (int at = start; at >= 0; at = functionAt(index, at).outer) {
    const FunctionFact& function = functionAt(index, at);
    const bool local =
        std::ranges::find(function.locals, name, &LocalBinding::name) != function.locals.end();
    const bool parameter =
        std::ranges::find(function.parameters, name, &Parameter::name) != function.parameters.end();
    if (local || parameter) return at;
  }
  return -1;
}

void addBinding(std::vector<Candidate>& found, const SharedFile& file, int binder,
                std::string_view name) {
  if (binder < 0) return;
  const FunctionFact& function = functionAt(file->index(), binder);
  const auto parameter = std::ranges::find(function.parameters, name, &Parameter::name);
  if (parameter != function.parameters.end()) {
    found.push_back({Role::Define, file, parameter->range, binder, 10, nullptr});
  }
  int score = 12;
  for (const LocalBinding& local : function.locals) {
    if (local.name != name || local.value.kind == ValueKind::NoneLiteral) continue;
    const ByteRange range{local.offset,
                          local.offset + static_cast<std::uint32_t>(local.name.size())};
    found.push_back({Role::Define, file, range, binder, score--, nullptr});
  }
}

void addVariableStores(std::vector<Candidate>& found, const SharedFile& file, int binder,
                       const heap::Holder& holder, const Search& search) {
  Wanted wanted;
  wanted.name = holder.name;
  wanted.type = holder.type;
  wanted.file = file->path();
  for (const Use& use : file->index().uses) {
    const bool variable = use.target.kind == TargetKind::Enclosed ||
                          use.target.kind == TargetKind::Local ||
                          use.target.kind == TargetKind::Parameter;
    if (!variable || use.target.name != holder.name || use.target.function != binder) continue;
    const bool rebuilt = use.kind == UseKind::Rebuild;
    const bool grows = use.kind == UseKind::Put || use.kind == UseKind::PutMany || rebuilt;
    if (!grows) continue;
    if (!rebuilt && use.target.keys.empty() && !methodFitsType(use.how, holder.type)) continue;
    const Relation relation{true, kOwnVariable};
    const int score = scoreStore(wanted, *file, use, relation, search);
    found.push_back({Role::Store, file, use.range, use.function, score, &use});
  }
}

void addClosure(std::vector<Candidate>& found, const heap::Holder& holder, const Search& search) {
  const FoundFunction function = foundOf(holder, search);
  if (!function) return;
  const FileIndex& index = function.file->index();
  const int binder = binderOf(index, function.fact().outer, holder.name);
  if (binder < 0) return;  // the text no longer captures it
  addVariableStores(found, function.file, binder, holder, search);
  const int score =
      isContainerType(holder.type) || !found.empty() ? kHoldsContainer : kHoldsByItself;
  found.push_back({Role::Capture, function.file, headOf(function.fact()), function.fact().outer,
                   score, nullptr});
  addBinding(found, function.file, binder, holder.name);
}

// The line that a plain function's frame stands at, moved as the function moved; only a guess where
// the text was changed in between, so it must at least lie within the function.
std::optional<ByteRange> standingLine(const FoundFunction& function, std::uint32_t firstLine,
                                      std::uint32_t line) {
  const SourceFile& file = *function.file;
  const std::int64_t moved =
      firstLine == 0 ? 0 : std::int64_t{function.firstLine()} - std::int64_t{firstLine};
  const std::int64_t number = std::int64_t{line} + moved - 1;
  const ByteRange range = function.fact().range;
  if (number < std::int64_t{file.lines().lineOf(range.begin)} ||
      number > std::int64_t{file.lines().lineOf(range.end)}) {
    return std::nullopt;
  }
  const auto at = static_cast<std::uint32_t>(number);
  const std::string_view text = trimmedLine(file.line(at));
  if (text.empty() || text.front() == '#') return std::nullopt;
  const auto indent = static_cast<std::uint32_t>(file.line(at).find(text));
  const std::uint32_t begin = file.lines().offsetOf(file.text(), {at, indent});
  return ByteRange{begin, begin + static_cast<std::uint32_t>(text.size())};
}

void addLocal(std::vector<Candidate>& found, const heap::Holder& holder, const Search& search) {
  const FoundFunction function = foundOf(holder, search);
  if (!function) return;
  addVariableStores(found, function.file, function.number, holder, search);
  const bool filled = !found.empty();
  addBinding(found, function.file, function.number, holder.name);
  if (holder.line == 0) return;
  const bool suspended = search.suspect.kind == heap::SuspectKind::Suspended;
  const int score = suspended ? kHoldsByItself + 10 : kHoldsContainer;
  if (const Suspension* at = suspensionAt(function, holder.function.firstLine, holder.line)) {
    found.push_back({Role::Suspend, function.file, at->range, function.number, score, nullptr});
  } else if (function.fact().suspensions.empty() && (suspended || !filled)) {
    const auto line = standingLine(function, holder.function.firstLine, holder.line);
    if (line)
      found.push_back({Role::Suspend, function.file, *line, function.number, score, nullptr});
  }
}

bool remembers(const Decorator& decorator) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "lru_cache",  "cache",        "cached",    "memoize", "memoized",
      "alru_cache", "cachedmethod", "ttl_cache", "memoise"};
  const std::string_view last =
      decorator.path.accesses.empty() ? decorator.path.base : decorator.path.accesses.back().name;
  return std::ranges::find(kNames, last) != kNames.end();
}

void addMemo(std::vector<Candidate>& found, const heap::Holder& holder, const Search& search) {
  const FoundFunction function = foundOf(holder, search);
  if (!function) return;
  for (const Decorator& decorator : function.fact().decorators) {
    if (!remembers(decorator)) continue;
    found.push_back(
        {Role::Decorator, function.file, decorator.range, function.number, kDecorated, nullptr});
  }
  std::ranges::move(callsOf(function, search), std::back_inserter(found));
}

void addDefault(std::vector<Candidate>& found, const heap::Holder& holder, const Search& search) {
  const FoundFunction function = foundOf(holder, search);
  if (!function) return;
  addVariableStores(found, function.file, function.number, holder, search);
  addDefaultGetterStores(found, function, holder, search);
  for (const Parameter& parameter : function.fact().parameters) {
    if (!parameter.hasDefault || (!holder.name.empty() && parameter.name != holder.name)) continue;
    found.push_back({Role::Define, function.file, parameter.range, function.number, 20, nullptr});
  }
}

}  // namespace

const Suspension* suspensionAt(const FoundFunction& function, std::uint32_t firstLine,
                               std::uint32_t line) {
  const LineTable& lines = function.file->lines();
  const std::int64_t moved =
      firstLine == 0 ? 0 : std::int64_t{function.firstLine()} - std::int64_t{firstLine};
  const std::int64_t expected = std::int64_t{line} + moved;  // 1-based
  const Suspension* best = nullptr;
  std::int64_t nearest = kMaxDrift;
  std::uint32_t smallest = 0;
  for (const Suspension& one : function.fact().suspensions) {
    const std::int64_t first = std::int64_t{lines.lineOf(one.range.begin)} + 1;
    // `async for` and `async with` stand at their head, not in their body.
    const bool block =
        one.kind == SuspensionKind::AsyncFor || one.kind == SuspensionKind::AsyncWith;
    const std::int64_t last = block ? first : std::int64_t{lines.lineOf(one.range.end)} + 1;
    const std::int64_t distance = expected < first  ? first - expected
                                  : expected > last ? expected - last
                                                    : 0;
    const std::uint32_t size = one.range.end - one.range.begin;
    if (distance < nearest || (distance == nearest && best != nullptr && size < smallest)) {
      best = &one;
      nearest = distance;
      smallest = size;
    }
  }
  return best;
}

ByteRange headOf(const FunctionFact& function) {
  return {function.defOffset, function.nameRange.end};
}

bool capturesSomething(const FileIndex& index, const FunctionFact& function) {
  if (function.outer < 0) return false;
  for (const std::string_view name : function.reads) {
    const bool own =
        std::ranges::find(function.locals, name, &LocalBinding::name) != function.locals.end() ||
        std::ranges::find(function.parameters, name, &Parameter::name) != function.parameters.end();
    if (!own && binderOf(index, function.outer, name) >= 0) return true;
  }
  return false;
}

std::vector<Candidate> capturesOf(const Candidate& store) {
  std::vector<Candidate> found;
  if (store.use == nullptr) return found;
  const FileIndex& index = store.file->index();
  const auto add = [&](std::size_t number) {
    const FunctionFact& function = index.functions[number];
    if (!capturesSomething(index, function)) return;
    found.push_back(
        {Role::Capture, store.file, headOf(function), function.outer, store.score - 5, nullptr});
  };
  std::vector<std::string_view> names;
  const auto collect = [&](const auto& self, const Value& value) -> void {
    if (value.kind == ValueKind::Path && value.path.isName()) names.push_back(value.path.base);
    for (const Value& element : value.elements) self(self, element);
  };
  collect(collect, store.use->value);
  for (std::size_t i = 0; i < index.functions.size(); ++i) {
    const FunctionFact& function = index.functions[i];
    const bool lambdaHere = function.isLambda && store.range.begin <= function.range.begin &&
                            function.range.end <= store.range.end;
    const bool namedHere = !function.isLambda && function.outer == store.function &&
                           function.outer >= 0 &&
                           std::ranges::find(names, function.name) != names.end();
    if (lambdaHere || namedHere) add(i);
  }
  return found;
}

std::vector<Candidate> findFunctionPlaces(const heap::Holder& holder, const Search& search) {
  std::vector<Candidate> found;
  switch (holder.owner) {
    case OwnerKind::Closure: addClosure(found, holder, search); break;
    case OwnerKind::Local: addLocal(found, holder, search); break;
    case OwnerKind::Memo: addMemo(found, holder, search); break;
    case OwnerKind::Default: addDefault(found, holder, search); break;
    default: break;
  }
  return found;
}

}  // namespace whyalive::sources
