#include "server/sources/argument_hops.h"

#include <algorithm>
#include <optional>

#include "server/sources/decorated_calls.h"
#include "server/sources/mutators.h"
#include "server/sources/name_resolution.h"
#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

constexpr int kMaxHops = 3;
constexpr int kPerHop = -1;        // the passing call names the holder: it comes first
constexpr int kInDecorator = -12;  // what the decorator does with it is not seen
constexpr int kInHelper = -3;      // the statement in the helper serves other containers too

int methodNamed(const FileIndex& index, int cls, std::string_view name) {
  for (std::size_t i = 0; i < index.functions.size(); ++i) {
    if (index.functions[i].cls == cls && index.functions[i].name == name)
      return static_cast<int>(i);
  }
  return -1;
}

int functionNamed(const FileIndex& index, int scope, std::string_view name) {
  for (int at = scope;; at = index.functions[static_cast<std::size_t>(at)].outer) {
    for (std::size_t i = 0; i < index.functions.size(); ++i) {
      const FunctionFact& function = index.functions[i];
      if (function.cls < 0 && function.outer == at && function.name == name) {
        return static_cast<int>(i);
      }
    }
    if (at < 0) return -1;
  }
}

// The function of that name, or the constructor of the class.
int callableNamed(const FileIndex& index, int scope, std::string_view name) {
  const int function = functionNamed(index, scope, name);
  if (function >= 0) return function;
  for (std::size_t i = 0; i < index.classes.size(); ++i) {
    if (index.classes[i].name != name || index.classes[i].outer >= 0) continue;
    return methodNamed(index, static_cast<int>(i), "__init__");
  }
  return -1;
}

FoundFunction importedFunction(const SharedFile& file, const Path& callee, const Search& search) {
  for (const Import& import : file->index().imports) {
    if (import.local != callee.base) continue;
    std::string module = search.modules.resolveImport(import.module, file->path());
    std::string_view name;
    if (callee.isName() && !import.member.empty()) {
      name = import.member;
    } else if (callee.accesses.size() == 1) {
      if (!import.member.empty()) module += "." + std::string(import.member);
      name = callee.accesses[0].name;
    } else {
      continue;
    }
    const std::string& path = search.modules.fileOf(module);
    const SharedFile other = path.empty() ? nullptr : search.index.file(path);
    if (!other) continue;
    const int number = callableNamed(other->index(), -1, name);
    if (number >= 0) return {other, number};
  }
  return {};
}

// event.add_to(self.listeners), where nothing says what `event` is: the one method of that name in
// the package.
FoundFunction onlyMethod(const SharedFile& file, std::string_view name, const Search& search) {
  FoundFunction only;
  bool several = false;
  const std::string package(topPackage(search.modules.moduleOf(file->path())));
  search.eachFileWith(name, [&](const SharedFile& other) {
    if (topPackage(search.modules.moduleOf(other->path())) != package) return true;
    const FileIndex& index = other->index();
    for (std::size_t i = 0; i < index.functions.size(); ++i) {
      if (index.functions[i].cls < 0 || index.functions[i].name != name) continue;
      several = several || static_cast<bool>(only);
      only = {other, static_cast<int>(i)};
    }
    return !several;
  });
  return several ? FoundFunction{} : only;
}

FoundFunction calledFunction(const SharedFile& file, const Call& call, const Search& search) {
  const FileIndex& index = file->index();
  if (call.callee.isName()) {
    const int number = callableNamed(index, call.function, call.callee.base);
    if (number >= 0) return {file, number};
  } else if (call.callee.accesses.size() == 1) {
    const Target target = resolve(index, call.callee, {call.function, call.cls, call.range.begin});
    const bool own = target.kind == TargetKind::Self || target.kind == TargetKind::Class;
    const int number = own ? methodNamed(index, target.cls, target.name) : -1;
    if (number >= 0) return {file, number};
  }
  const FoundFunction imported = importedFunction(file, call.callee, search);
  const auto& accesses = call.callee.accesses;
  if (imported || accesses.empty() || accesses.back().kind != AccessKind::Attribute ||
      mutatorMethod(accesses.back().name) != nullptr) {
    return imported;
  }
  return onlyMethod(file, accesses.back().name, search);
}

// The parameter that receives argument number `at` of `call`; "" when it cannot be told.
std::string_view parameterFor(const FoundFunction& function, const Call& call, std::size_t at) {
  const FunctionFact& fact = function.fact();
  if (!call.arguments[at].keyword.empty()) {
    const auto found =
        std::ranges::find(fact.parameters, call.arguments[at].keyword, &Parameter::name);
    return found == fact.parameters.end() ? std::string_view{} : found->name;
  }
  const bool bound = !fact.selfName.empty() || !fact.classNameParameter.empty();
  const std::size_t position = at + (bound ? 1 : 0);
  return position < fact.parameters.size() ? fact.parameters[position].name : std::string_view{};
}

// The function itself or one defined in it, which sees its parameters.
bool isWithin(const FileIndex& index, int inner, int function) {
  for (int at = inner; at >= 0; at = index.functions[static_cast<std::size_t>(at)].outer) {
    if (at == function) return true;
  }
  return false;
}

// self.sink = sink in a constructor: what the object then puts into self.sink.
const Use* putThroughAttribute(const FoundFunction& function, std::string_view parameter) {
  const FileIndex& index = function.file->index();
  for (const Use& bound : index.uses) {
    const bool keeps = bound.kind == UseKind::Define && bound.function == function.number &&
                       bound.target.kind == TargetKind::Self && bound.value.path.isName() &&
                       bound.value.path.base == parameter;
    if (!keeps) continue;
    for (const Use& use : index.uses) {
      const bool grows = use.kind == UseKind::Put || use.kind == UseKind::PutMany;
      if (grows && use.target.kind == TargetKind::Self && use.target.cls == bound.target.cls &&
          use.target.name == bound.target.name) {
        return &use;
      }
    }
  }
  return nullptr;
}

// The statement that changes `parameter` in the function or in what it passes it to.
std::optional<Candidate> mutationOf(const FoundFunction& function, std::string_view parameter,
                                    const Wanted& wanted, int depth, const Search& search,
                                    int hops) {
  const FileIndex& index = function.file->index();
  for (const Use& use : index.uses) {
    const bool variable =
        use.target.kind == TargetKind::Parameter || use.target.kind == TargetKind::Enclosed;
    if (!variable || use.target.function != function.number) continue;
    if (use.target.name != parameter) continue;
    if (use.kind != UseKind::Put && use.kind != UseKind::PutMany) continue;
    const int below = depth + static_cast<int>(use.target.keys.size());
    if (below == wanted.depth && !methodFitsType(use.how, wanted.type)) continue;
    return Candidate{Role::Store, function.file, use.range, use.function, 0, &use};
  }
  if (const Use* use = putThroughAttribute(function, parameter)) {
    const int below = depth + static_cast<int>(use->target.keys.size());
    if (below != wanted.depth || methodFitsType(use->how, wanted.type)) {
      return Candidate{Role::Store, function.file, use->range, use->function, 0, use};
    }
  }
  if (hops >= kMaxHops) return std::nullopt;
  for (const Call& call : index.calls) {
    if (!isWithin(index, call.function, function.number)) continue;
    for (std::size_t at = 0; at < call.arguments.size(); ++at) {
      const Value& value = call.arguments[at].value;
      if (value.kind != ValueKind::Path || !value.path.isName()) continue;
      if (value.path.base != parameter) continue;
      const auto next = calledFunction(function.file, call, search);
      if (!next || (next.file == function.file && next.number == function.number)) continue;
      const std::string_view passed = parameterFor(next, call, at);
      if (passed.empty()) continue;
      if (auto deeper = mutationOf(next, passed, wanted, depth, search, hops + 1)) return deeper;
    }
  }
  return std::nullopt;
}

// The argument seen as a use of the container, so that it is related and scored like one.
Use asUse(const Call& call, const Value& value, const FileIndex& index) {
  Use use;
  use.kind = UseKind::Put;
  use.path = value.path;
  use.how = "argument";
  use.range = call.range;
  use.function = call.function;
  use.cls = call.cls;
  use.inLoop = call.inLoop;
  use.target = resolve(index, value.path, {call.function, call.cls, call.range.begin});
  return use;
}

// @cached(STORE): whatever the decorator does with it, it is done when the function is called.
void addDecoratedCalls(std::vector<Candidate>& found, const SharedFile& file, const Call& call,
                       int score, const Search& search) {
  const FoundFunction function = decoratedAt(file, call.range);
  if (!function) return;
  if (call.function < 0) score -= points::kModuleLevel;  // of the decorating, not of the calls
  for (Candidate& one : callsOf(function, search)) {
    if (one.score <= 0) continue;
    one.score = score + kInDecorator;
    found.push_back(one);
  }
  found.push_back({Role::Decorator, file, call.range, function.number,
                   score + kInDecorator + kPerHop, nullptr});
}

}  // namespace

void addArgumentHops(std::vector<Candidate>& found, const Wanted& wanted, const SharedFile& file,
                     const Search& search) {
  const FileIndex& index = file->index();
  for (const Call& call : index.calls) {
    const Path& callee = call.callee;
    const std::string_view called =
        callee.accesses.empty() ? callee.base : callee.accesses.back().name;
    if (mutatorFunction(called) != nullptr) continue;  // heappop: known for what it does
    for (std::size_t at = 0; at < call.arguments.size(); ++at) {
      const Value& value = call.arguments[at].value;
      if (value.kind != ValueKind::Path || value.path.isCall()) continue;
      const bool mentions = value.path.base == wanted.name ||
                            std::ranges::any_of(value.path.accesses, [&](const Access& one) {
                              return one.name == wanted.name;
                            });
      if (!mentions) continue;
      const Use use = asUse(call, value, index);
      if (use.target.name != wanted.name) continue;
      const Relation relation = relate(wanted, *file, use, search);
      if (!relation.possible || relation.score <= 0) continue;
      const int score = scoreStore(wanted, *file, use, relation, search);
      addDecoratedCalls(found, file, call, score, search);
      const auto function = calledFunction(file, call, search);
      if (!function) continue;
      const std::string_view parameter = parameterFor(function, call, at);
      if (parameter.empty()) continue;
      const int depth = static_cast<int>(use.target.keys.size());
      auto mutation = mutationOf(function, parameter, wanted, depth, search, 0);
      if (!mutation) continue;
      found.push_back({Role::Store, file, call.range, call.function, score + kPerHop, nullptr});
      // Kept under another name: the passing call runs once, the statement there fills.
      const TargetKind kind = mutation->use->target.kind;
      const bool kept = kind == TargetKind::Self || mutation->function != function.number;
      mutation->score =
          kInHelper +
          (kept ? scoreStore(wanted, *mutation->file, *mutation->use, relation, search) : score);
      found.push_back(*mutation);
    }
  }
}

}  // namespace whyalive::sources
