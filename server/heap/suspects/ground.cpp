#include "server/heap/suspects/ground.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "server/heap/touch_pages.h"
#include "server/heap/zero_column.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

// Types of the small things a program consists of besides code: they belong to it where only the
// program refers to them.
bool isSmallPart(std::string_view type) {
  constexpr std::string_view kTypes[] = {"NoneType",
                                         "bool",
                                         "builtin_function_or_method",
                                         "bytes",
                                         "classmethod",
                                         "classmethod_descriptor",
                                         "code",
                                         "complex",
                                         "ellipsis",
                                         "float",
                                         "frozenset",
                                         "getset_descriptor",
                                         "int",
                                         "member_descriptor",
                                         "method_descriptor",
                                         "property",
                                         "staticmethod",
                                         "str",
                                         "tuple",
                                         "weakref",
                                         "weakref.ReferenceType",
                                         "wrapper_descriptor"};
  return std::ranges::binary_search(kTypes, type);
}

constexpr Bytes kSmallPart = 64 * 1024;  // a larger constant is data, wherever it stands

bool madeAtRunTime(std::string_view qualname) {
  return qualname.find("<locals>") != std::string_view::npos;
}

}  // namespace

Ground::Ground(const Analysis& analysis, NativeShares native, RunControl control)
    : analysis_(analysis), native_(std::move(native)), control_(std::move(control)) {
  const std::uint32_t n = graph().objectCount();
  namespaces_.assign(n, false);
  for (std::uint32_t o = 0; o < n && goesOn(o); ++o) {
    const ObjectIndex dict = graph().attributesDict(ObjectIndex{o});
    if (dict != kNoObject) namespaces_[raw(dict)] = true;
  }
  markProgram();
  sumSizes();
  findUserTypes();
}

// Modules, code, and the classes and functions that are not made anew while the program runs: a
// class stands in the namespace of a module or of such a class, a function's name says where it was
// made.
template <class Mark>
void Ground::markStarts(Mark mark) const {
  std::vector<ObjectIndex> spaces;
  for (const ModuleRecord& module : graph().snapshot().modules) {
    mark(raw(module.object));
    if (module.dict != kNoObject) spaces.push_back(module.dict);
  }
  for (const CodeRecord& code : graph().snapshot().codes) mark(raw(code.object));
  for (const TypeRecord& type : graph().snapshot().types) {
    if (type.object == kNoObject || type.has(TypeFlag::PythonClass)) continue;
    mark(raw(type.object));
  }
  std::unordered_set<std::uint32_t> seen;
  while (!spaces.empty()) {
    const ObjectIndex space = spaces.back();
    spaces.pop_back();
    graph().forEachItem(space, [&](ObjectIndex, ObjectIndex value) {
      const TypeIndex type = graph().typeOfTypeObject(value);
      if (type == kNoType || madeAtRunTime(graph().name(graph().typeInfo(type).qualname))) return;
      if (!seen.insert(raw(value)).second) return;
      mark(raw(value));
      const ObjectIndex inner = graph().attributesDict(value);
      if (inner != kNoObject) spaces.push_back(inner);
    });
  }
  const TypeIndex function = graph().builtinType("function");
  for (std::uint32_t o = 0; o < graph().objectCount() && goesOn(o); ++o) {
    if (graph().type(ObjectIndex{o}) != function) continue;
    const ObjectIndex code = graph().codeOf(ObjectIndex{o});
    const CodeRecord* record = code == kNoObject ? nullptr : graph().code(code);
    if (record == nullptr || !madeAtRunTime(graph().name(record->qualname))) mark(o);
  }
}

// From there on to their namespaces and to small parts all of whose referrers are of the program.
void Ground::markProgram() {
  const std::uint32_t n = graph().objectCount();
  program_.assign(n, false);
  std::vector<bool> small(graph().typeCount());
  for (std::uint32_t t = 0; t < small.size(); ++t) {
    small[t] = isSmallPart(graph().typeName(TypeIndex{t}));
  }
  std::vector<std::uint32_t> todo;
  ZeroColumn<std::uint32_t> fromProgram(n);
  if (!touchPages(fromProgram, control_, "looking through the heap")) return;
  const auto mark = [&](std::uint32_t o) {
    if (program_[o]) return;
    program_[o] = true;
    todo.push_back(o);
  };
  markStarts(mark);
  for (std::uint32_t step = 0; !todo.empty() && goesOn(step); ++step) {
    const std::uint32_t o = todo.back();
    todo.pop_back();
    const ObjectIndex dict = graph().attributesDict(ObjectIndex{o});
    if (dict != kNoObject) mark(raw(dict));
    for (const std::uint32_t target : graph().rawEdges(ObjectIndex{o})) {
      if (target == kNullEdge || program_[target]) continue;
      const ObjectIndex t{target};
      if (++fromProgram[target] == graph().rawReferrers(t).size() && small[raw(graph().type(t))] &&
          graph().size(t) <= kSmallPart) {
        mark(target);
      }
    }
  }
}

void Ground::sumSizes() {
  if (!native_.ofInstance.empty()) {
    for (std::uint32_t t = 0; t < graph().typeCount(); ++t) {
      nativeOfType_.push_back(native_.of(graph().typeName(TypeIndex{t})));
    }
  }
  const auto order = dominators().preorder();
  userBefore_.resize(order.size() + 1);  // of a cancelled one, nobody reads what is not set
  userBefore_[0] = 0;
  for (std::uint32_t i = 0; i < order.size() && goesOn(i); ++i) {
    const ObjectIndex o{order[i]};
    Bytes bytes = 0;
    if (i < dominators().reachableCount() && !program_[order[i]]) {
      bytes = graph().size(o) + graph().nativeSize(o);
      if (!nativeOfType_.empty()) bytes += nativeOfType_[raw(graph().type(o))];
    }
    userBefore_[i + 1] = userBefore_[i] + bytes;
  }
}

Bytes Ground::nativeShareOf(ObjectIndex o) const {
  Bytes bytes = 0;
  if (nativeOfType_.empty()) return bytes;
  for (const std::uint32_t one : dominators().subtree(o)) {
    if (!program_[one]) bytes += nativeOfType_[raw(graph().type(ObjectIndex{one}))];
  }
  return bytes;
}

void Ground::findUserTypes() {
  std::set<std::string_view> library;
  for (const ModuleRecord& module : graph().snapshot().modules) {
    const std::string_view file = graph().name(module.file);
    if (file.empty() || analysis_.process().isStandardLibrary(file)) {
      if (graph().name(module.name) != "__main__") library.insert(graph().name(module.name));
    }
  }
  for (std::uint32_t t = 0; t < graph().typeCount(); ++t) {
    const TypeRecord& type = graph().typeInfo(TypeIndex{t});
    userTypes_.push_back(type.has(TypeFlag::PythonClass) &&
                         !library.contains(graph().name(type.module)));
  }
}

}  // namespace whyalive::heap
