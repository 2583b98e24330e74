#include "server/sources/mutators.h"

#include <algorithm>
#include <array>
#include <span>

namespace whyalive::sources {
namespace {

constexpr auto kPut = UseKind::Put;
constexpr auto kMany = UseKind::PutMany;
constexpr auto kRemove = UseKind::Remove;

// Builtin and standard containers first, then the vocabulary of registries, caches and signals.
constexpr std::array kMethods = {
    Mutator{"append", kPut, 0, -1},
    Mutator{"appendleft", kPut, 0, -1},
    Mutator{"add", kPut, 0, -1},
    Mutator{"insert", kPut, 1, -1},
    Mutator{"setdefault", kPut, 1, 0},
    Mutator{"__setitem__", kPut, 1, 0},
    Mutator{"extend", kMany, 0, -1},
    Mutator{"extendleft", kMany, 0, -1},
    Mutator{"update", kMany, 0, -1},
    Mutator{"put", kPut, 0, -1},
    Mutator{"put_nowait", kPut, 0, -1},
    Mutator{"push", kPut, 0, -1},
    Mutator{"send_nowait", kPut, 0, -1},
    Mutator{"enqueue", kPut, 0, -1},
    Mutator{"register", kPut, 0, -1},
    Mutator{"connect", kPut, 0, -1},
    Mutator{"subscribe", kPut, 0, -1},
    Mutator{"attach", kPut, 0, -1},
    Mutator{"listen", kPut, 0, -1},
    Mutator{"observe", kPut, 0, -1},
    Mutator{"add_listener", kPut, 0, -1},
    Mutator{"add_handler", kPut, 0, -1},
    Mutator{"addHandler", kPut, 0, -1},
    Mutator{"add_callback", kPut, 0, -1},
    Mutator{"addCallback", kPut, 0, -1},
    Mutator{"add_done_callback", kPut, 0, -1},
    Mutator{"add_observer", kPut, 0, -1},
    Mutator{"add_subscriber", kPut, 0, -1},
    Mutator{"set", kPut, 1, 0},
    Mutator{"store", kPut, 1, 0},
    Mutator{"write", kPut, 0, -1},
    Mutator{"writelines", kMany, 0, -1},
    Mutator{"dump", kPut, 0, -1},
    Mutator{"pop", kRemove, -1, 0},
    Mutator{"popitem", kRemove, -1, -1},
    Mutator{"popleft", kRemove, -1, -1},
    Mutator{"remove", kRemove, 0, -1},
    Mutator{"discard", kRemove, 0, -1},
    Mutator{"clear", kRemove, -1, -1},
    Mutator{"__delitem__", kRemove, -1, 0},
    Mutator{"difference_update", kRemove, -1, -1},
    Mutator{"unregister", kRemove, 0, -1},
    Mutator{"disconnect", kRemove, 0, -1},
    Mutator{"unsubscribe", kRemove, 0, -1},
};

constexpr std::array kFunctions = {
    Mutator{"heappush", kPut, 1, -1},    Mutator{"heappushpop", kPut, 1, -1},
    Mutator{"heapreplace", kPut, 1, -1}, Mutator{"insort", kPut, 1, -1},
    Mutator{"insort_left", kPut, 1, -1}, Mutator{"insort_right", kPut, 1, -1},
    Mutator{"heappop", kRemove, -1, -1},
};

// What fills each builtin; "[]" is a subscript store, "=" a binding.
struct TypeMethods {
  std::string_view type;
  std::span<const std::string_view> methods;
};
constexpr std::array<std::string_view, 6> kDictMethods = {"[]",          "setdefault", "update",
                                                          "__setitem__", "|=",         "setattr"};
constexpr std::array<std::string_view, 10> kListMethods = {
    "append",   "insert",      "extend",      "+=",     "[]",
    "heappush", "heappushpop", "heapreplace", "insort", "getattr"};
constexpr std::array<std::string_view, 4> kSetMethods = {"add", "update", "|=", "getattr"};
constexpr std::array<std::string_view, 8> kDequeMethods = {
    "append", "appendleft", "extend", "extendleft", "insert", "+=", "[]", "getattr"};
constexpr std::array<TypeMethods, 11> kTypes = {{
    {"dict", kDictMethods},
    {"collections.OrderedDict", kDictMethods},
    {"collections.defaultdict", kDictMethods},
    {"collections.Counter", kDictMethods},
    {"weakref.WeakValueDictionary", kDictMethods},
    {"weakref.WeakKeyDictionary", kDictMethods},
    {"list", kListMethods},
    {"set", kSetMethods},
    {"weakref.WeakSet", kSetMethods},
    {"_weakrefset.WeakSet", kSetMethods},
    {"collections.deque", kDequeMethods},
}};

template <std::size_t N>
const Mutator* find(const std::array<Mutator, N>& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Mutator::name);
  return found == table.end() ? nullptr : &*found;
}

const TypeMethods* methodsOf(std::string_view type) {
  const auto found = std::ranges::find(kTypes, type, &TypeMethods::type);
  return found == kTypes.end() ? nullptr : &*found;
}

}  // namespace

const Mutator* mutatorMethod(std::string_view name) { return find(kMethods, name); }
const Mutator* mutatorFunction(std::string_view name) { return find(kFunctions, name); }

bool methodFitsType(std::string_view method, std::string_view type) {
  const TypeMethods* known = methodsOf(type);
  if (known == nullptr) return true;
  if (method.starts_with("insort")) method = "insort";
  return std::ranges::find(known->methods, method) != known->methods.end();
}

bool isContainerType(std::string_view type) { return methodsOf(type) != nullptr; }

}  // namespace whyalive::sources
