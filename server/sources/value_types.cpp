#include "server/sources/value_types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "server/sources/module_map.h"

namespace whyalive::sources {
namespace {

constexpr int kMaxDepth = 4;

TypeGuess exactly(std::string type) {
  TypeGuess guess;
  guess.shapes.push_back({std::move(type), {}});
  guess.open = false;
  return guess;
}

TypeGuess maybe(std::string type) {
  TypeGuess guess = exactly(std::move(type));
  guess.open = true;
  return guess;
}

bool isCapitalised(std::string_view name) {
  const std::size_t first = name.find_first_not_of('_');
  return first != std::string_view::npos &&
         std::isupper(static_cast<unsigned char>(name[first])) != 0;
}

bool isConstantName(std::string_view name) {
  return std::ranges::none_of(name, [](unsigned char c) { return std::islower(c) != 0; });
}

// Calls whose result type is known by the callee's last name.
struct KnownCall {
  std::string_view callee;
  std::string_view type;
};
constexpr std::array kBuiltinCalls = {
    KnownCall{"dict", "dict"},
    KnownCall{"list", "list"},
    KnownCall{"set", "set"},
    KnownCall{"tuple", "tuple"},
    KnownCall{"frozenset", "frozenset"},
    KnownCall{"str", "str"},
    KnownCall{"repr", "str"},
    KnownCall{"bytes", "bytes"},
    KnownCall{"bytearray", "bytearray"},
    KnownCall{"int", "int"},
    KnownCall{"float", "float"},
    KnownCall{"bool", "bool"},
    KnownCall{"len", "int"},
    KnownCall{"id", "int"},
    KnownCall{"hash", "int"},
    KnownCall{"object", "object"},
    KnownCall{"sorted", "list"},
    KnownCall{"isinstance", "bool"},
    KnownCall{"memoryview", "memoryview"},
    KnownCall{"range", "range"},
    KnownCall{"deque", "deque"},
    KnownCall{"defaultdict", "defaultdict"},
    KnownCall{"partial", "partial"},
    KnownCall{"create_task", "Task"},
    KnownCall{"ensure_future", "Task"},
    KnownCall{"create_future", "Future"},
    KnownCall{"exc_info", "tuple"},
    KnownCall{"uuid4", "UUID"},
    KnownCall{"namedtuple", "type"},
    KnownCall{"array", "array"},
};
constexpr std::array kMethodCalls = {
    KnownCall{"join", "str"},
    KnownCall{"format", "str"},
    KnownCall{"encode", "bytes"},
    KnownCall{"decode", "str"},
    KnownCall{"hexdigest", "str"},
    KnownCall{"isoformat", "str"},
    KnownCall{"split", "list"},
    KnownCall{"splitlines", "list"},
    KnownCall{"fromkeys", "dict"},
    KnownCall{"utcnow", "datetime"},
    KnownCall{"extract_stack", "StackSummary"},
};

template <std::size_t N>
std::optional<std::string> knownCall(const std::array<KnownCall, N>& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &KnownCall::callee);
  if (found == table.end()) return std::nullopt;
  return std::string(found->type);
}

class Guesser {
 public:
  explicit Guesser(const FileIndex& index) : index_(index) {}

  TypeGuess guess(const Value& value, PathPlace place, int depth) const {
    if (depth > kMaxDepth) return {};
    switch (value.kind) {
      case ValueKind::NoneLiteral: return exactly("NoneType");
      case ValueKind::Bool: return exactly("bool");
      case ValueKind::Int: return exactly("int");
      case ValueKind::Float: return exactly("float");
      case ValueKind::Str: return exactly("str");
      case ValueKind::Bytes: return exactly("bytes");
      case ValueKind::Dict: return exactly("dict");
      case ValueKind::Set: return exactly("set");
      case ValueKind::Lambda: return exactly("function");
      case ValueKind::Generator: return exactly("generator");
      case ValueKind::Tuple: return collection("tuple", value, place, depth);
      case ValueKind::List: return collection("list", value, place, depth);
      case ValueKind::Choice: return choice(value, place, depth);
      case ValueKind::Path: return ofPath(value, place, depth);
      case ValueKind::Unknown: break;
    }
    return {};
  }

 private:
  TypeGuess collection(std::string type, const Value& value, PathPlace place, int depth) const {
    TypeGuess guess = exactly(std::move(type));
    for (const Value& element : value.elements) {
      guess.shapes[0].elements.push_back(this->guess(element, place, depth + 1));
    }
    return guess;
  }

  TypeGuess choice(const Value& value, PathPlace place, int depth) const {
    TypeGuess all;
    all.open = false;
    for (const Value& element : value.elements) {
      TypeGuess one = guess(element, place, depth + 1);
      all.open = all.open || one.open;
      std::ranges::move(one.shapes, std::back_inserter(all.shapes));
    }
    return all;
  }

  TypeGuess ofPath(const Value& value, PathPlace place, int depth) const {
    const Path& path = value.path;
    if (path.isCall()) return ofCall(value, place, depth);
    if (path.isName()) return ofName(path.base, place, depth);
    if (path.base.empty()) return {};
    const Target target = resolve(index_, path, place);
    if (!target.keys.empty()) return {};
    if (target.kind == TargetKind::Self || target.kind == TargetKind::Class) {
      return ofAttribute(target, depth);
    }
    return {};
  }

  TypeGuess ofAttribute(const Target& target, int depth) const {
    for (const FunctionFact& function : index_.functions) {
      if (function.cls == target.cls && function.name == target.name) {
        const bool plain = function.decorators.empty();
        return plain ? exactly("method") : TypeGuess{};
      }
    }
    for (const Use& use : index_.uses) {
      if (use.kind != UseKind::Define || use.target.name != target.name) continue;
      if (use.target.cls != target.cls || use.value.kind == ValueKind::NoneLiteral) continue;
      TypeGuess made = guess(use.value, {use.function, use.cls, use.range.begin}, depth + 1);
      made.open = true;  // it may be bound anew elsewhere
      if (made.known()) return made;
    }
    return {};
  }

  TypeGuess ofName(std::string_view name, PathPlace place, int depth) const {
    if (const FunctionFact* owner = parameterOwner(name, place)) {
      return ofParameter(*owner, name, depth);
    }
    if (const Value* value = bindingOf(index_, name, place)) {
      if (value->kind == ValueKind::Unknown) return ofDefinition(name);
      if (value->kind == ValueKind::Path && value->path.isName() && value->path.base == name) {
        return {};
      }
      return guess(*value, place, depth + 1);
    }
    return ofDefinition(name);
  }

  TypeGuess ofDefinition(std::string_view name) const {
    if (index_.classNamed(name) != nullptr) return exactly("type");
    return {};
  }

  const FunctionFact* parameterOwner(std::string_view name, PathPlace place) const {
    for (int at = place.function; at >= 0;) {
      const FunctionFact& function = index_.functions[static_cast<std::size_t>(at)];
      if (std::ranges::find(function.locals, name, &LocalBinding::name) != function.locals.end()) {
        return nullptr;
      }
      if (std::ranges::find(function.parameters, name, &Parameter::name) !=
          function.parameters.end()) {
        return &function;
      }
      at = function.outer;
    }
    return nullptr;
  }

  TypeGuess ofParameter(const FunctionFact& owner, std::string_view name, int) const {
    if (name == owner.selfName && owner.cls >= 0) {
      return maybe(std::string(index_.classes[static_cast<std::size_t>(owner.cls)].name));
    }
    const auto parameter = std::ranges::find(owner.parameters, name, &Parameter::name);
    TypeGuess guess;
    for (std::string& type : classesInAnnotation(parameter->annotation)) {
      guess.shapes.push_back({std::move(type), {}});
    }
    const ValueKind kind = parameter->defaultValue.kind;
    if (!parameter->hasDefault && kind == ValueKind::Tuple) return exactly("tuple");  // *args
    if (!parameter->hasDefault && kind == ValueKind::Dict) return exactly("dict");    // **kwargs
    return guess;
  }

  TypeGuess ofCall(const Value& value, PathPlace place, int depth) const {
    Path callee = value.path;
    callee.accesses.pop_back();
    const bool dotted = !callee.accesses.empty();
    if (dotted && callee.accesses.back().kind != AccessKind::Attribute) return {};
    const std::string_view name = dotted ? callee.accesses.back().name : callee.base;
    if (const FunctionFact* function = calledFunction(callee, place)) {
      return ofResult(*function, value.awaited, depth);
    }
    if (value.awaited) return {};
    if (const auto type = knownCall(kBuiltinCalls, name)) return exactly(*type);
    if (dotted) {
      if (const auto type = knownCall(kMethodCalls, name)) return maybe(*type);
    }
    // By convention a capitalised callee is a class; one that is all capitals may be a constant.
    if (isCapitalised(name) && (!isConstantName(name) || index_.classNamed(name) != nullptr)) {
      TypeGuess guess = exactly(std::string(name));
      guess.open = index_.classNamed(name) == nullptr;
      return guess;
    }
    return {};
  }

  // A function or own method of this file; null when it may be another's.
  const FunctionFact* calledFunction(const Path& callee, PathPlace place) const {
    if (callee.isName()) {
      for (int at = place.function;; at = index_.functions[static_cast<std::size_t>(at)].outer) {
        for (const FunctionFact& function : index_.functions) {
          if (function.cls < 0 && function.outer == at && function.name == callee.base) {
            return &function;
          }
        }
        if (at < 0) return nullptr;
      }
    }
    if (callee.accesses.size() != 1 || place.function < 0) return nullptr;
    const Target target = resolve(index_, callee, place);
    if (target.kind != TargetKind::Self && target.kind != TargetKind::Class) return nullptr;
    for (const FunctionFact& function : index_.functions) {
      if (function.cls == target.cls && function.name == target.name) return &function;
    }
    return nullptr;
  }

  TypeGuess ofResult(const FunctionFact& function, bool awaited, int depth) const {
    const bool yields = std::ranges::any_of(function.suspensions, [](const Suspension& one) {
      return one.kind == SuspensionKind::Yield || one.kind == SuspensionKind::YieldFrom;
    });
    if (!function.decorators.empty()) return {};
    if (function.isAsync && yields) return exactly("async_generator");
    if (function.isAsync && !awaited) return exactly("coroutine");
    if (yields) return exactly("generator");
    TypeGuess all;
    all.open = false;
    if (function.returns.empty()) return exactly("NoneType");
    const int number = static_cast<int>(&function - index_.functions.data());
    for (const Value& result : function.returns) {
      TypeGuess one = guess(result, {number, -1, function.range.end}, depth + 1);
      all.open = all.open || one.open;
      std::ranges::move(one.shapes, std::back_inserter(all.shapes));
    }
    return all;
  }

  const FileIndex& index_;
};

}  // namespace

std::vector<std::string> classesInAnnotation(std::string_view annotation) {
  std::vector<std::string> classes;
  std::string word;
  const auto flush = [&] {
    const std::string_view name = lastName(word);
    static constexpr std::string_view kWrappers[] = {
        "Optional", "Union", "None", "Any", "typing", "Annotated", "Final", "ClassVar", "T"};
    if (!name.empty() && std::ranges::find(kWrappers, name) == std::end(kWrappers)) {
      classes.emplace_back(name);
    }
    word.clear();
  };
  int depth = 0;
  for (const char c : annotation) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' ||
        static_cast<unsigned char>(c) >= 0x80) {
      word += c;
      continue;
    }
    const bool wrapper = c == '[' && (lastName(word) == "Optional" || lastName(word) == "Union");
    flush();
    if (c == '[' && !wrapper) ++depth;
    if (depth > 0) break;  // what a container contains is not the value itself
  }
  flush();
  return classes;
}

TypeGuess guessType(const FileIndex& index, const Value& value, PathPlace place) {
  return Guesser(index).guess(value, place, 0);
}

}  // namespace whyalive::sources
