#include "server/heap/kinds.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace whyalive::heap {
namespace {

// What the module `types` calls the types that have no name of their own; used where the process
// has not imported it.
constexpr std::pair<std::string_view, std::string_view> kTypesModule[] = {
    {"async_generator", "AsyncGeneratorType"},
    {"builtin_function_or_method", "BuiltinMethodType"},
    {"cell", "CellType"},
    {"classmethod_descriptor", "ClassMethodDescriptorType"},
    {"code", "CodeType"},
    {"coroutine", "CoroutineType"},
    {"ellipsis", "EllipsisType"},
    {"frame", "FrameType"},
    {"generator", "GeneratorType"},
    {"getset_descriptor", "GetSetDescriptorType"},
    {"mappingproxy", "MappingProxyType"},
    {"member_descriptor", "MemberDescriptorType"},
    {"method", "MethodType"},
    {"method-wrapper", "MethodWrapperType"},
    {"method_descriptor", "MethodDescriptorType"},
    {"NoneType", "NoneType"},
    {"NotImplementedType", "NotImplementedType"},
    {"traceback", "TracebackType"},
    {"wrapper_descriptor", "WrapperDescriptorType"},
};

constexpr std::uint32_t kCheckEvery = 1u << 20;

using NameOfType = std::map<TypeIndex, std::string>;

// Every type in a module's namespace under its name there; of several names the last in order wins.
void addNamespace(const HeapGraph& graph, std::string_view module, std::string_view prefix,
                  NameOfType& names) {
  for (const ModuleRecord& record : graph.snapshot().modules) {
    if (graph.name(record.name) != module || record.dict == kNoObject) continue;
    std::map<std::string_view, TypeIndex> sorted;
    graph.forEachItem(record.dict, [&](ObjectIndex key, ObjectIndex value) {
      const TypeIndex type = graph.typeOfTypeObject(value);
      const std::optional<TextValue> name = graph.text(key);
      if (type != kNoType && name) sorted.emplace(name->bytes, type);
    });
    for (const auto& [name, type] : sorted) names[type] = std::string(prefix) + std::string(name);
  }
}

NameOfType specialNames(const HeapGraph& graph) {
  NameOfType names;
  addNamespace(graph, "types", "types.", names);
  if (names.empty()) {
    for (const auto& [name, kind] : kTypesModule) {
      if (const TypeIndex t = graph.builtinType(name); t != kNoType) {
        names[t] = "types." + std::string(kind);
      }
    }
  }
  addNamespace(graph, "builtins", "", names);
  for (const std::string_view name : {"module", "function"}) {
    if (const TypeIndex t = graph.builtinType(name); t != kNoType) names[t] = name;
  }
  return names;
}

// guppy: module and __name__, not the qualified name; builtins that have a name in `builtins` bare.
std::string plainName(const HeapGraph& graph, TypeIndex t) {
  constexpr std::string_view kBare[] = {
      "bool",      "bytearray",    "bytes",       "complex", "dict",     "float", "frozenset",
      "int",       "list",         "memoryview",  "object",  "property", "range", "set",
      "slice",     "staticmethod", "classmethod", "str",     "super",    "tuple", "type",
      "enumerate", "filter",       "map",         "zip",     "reversed"};
  const TypeRecord& info = graph.typeInfo(t);
  std::string_view name = graph.name(info.qualname);
  if (name.empty()) name = graph.name(info.tpName);
  if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
    name.remove_prefix(dot + 1);
  }
  const std::string_view module = graph.name(info.module);
  if (module.empty()) return std::string(name);
  if (module == "builtins" && std::ranges::find(kBare, name) != std::end(kBare)) {
    return std::string(name);
  }
  return std::string(module) + "." + std::string(name);
}

}  // namespace

Kinds Kinds::classify(HeapGraph& graph, const RunControl& control) {
  Kinds kinds;
  const NameOfType special = specialNames(graph);
  std::vector<std::string> typeNames;
  for (std::uint32_t t = 0; t < graph.typeCount(); ++t) {
    const auto it = special.find(TypeIndex{t});
    typeNames.push_back(it != special.end() ? it->second : plainName(graph, TypeIndex{t}));
  }
  const auto add = [&](std::string name, TypeIndex type, TypeIndex owner) {
    kinds.names_.push_back(std::move(name));
    kinds.types_.push_back(type);
    kinds.ownerTypes_.push_back(owner);
    return kinds.count() - 1;
  };
  for (std::uint32_t t = 0; t < graph.typeCount(); ++t) add(typeNames[t], TypeIndex{t}, kNoType);

  std::vector<std::uint32_t> spaceAt;  // by shape: position of the namespace, kNoIndex = none
  for (const ShapeRecord& shape : graph.snapshot().shapes) {
    kinds.kindOfShape_.push_back(raw(shape.type));
    const auto it = std::ranges::find(shape.labels, LabelKind::AttributesDict, &EdgeLabel::kind);
    spaceAt.push_back(it == shape.labels.end()
                          ? kNoIndex
                          : static_cast<std::uint32_t>(it - shape.labels.begin()));
  }
  kinds.shapes_ = graph.snapshot().shape;
  const TypeIndex dict = graph.builtinType("dict");
  if (dict == kNoType) return kinds;
  kinds.names_[raw(dict)] = "dict (no owner)";

  // The owner of a dict is the first object whose namespace it is.
  std::unordered_map<std::uint32_t, std::uint32_t> dictOf;   // by owner's type
  std::unordered_map<std::uint64_t, std::uint32_t> shapeOf;  // by the dict's shape and the kind
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("naming kinds", 0)) break;
    const std::uint32_t at = spaceAt[kinds.shapes_[o]];
    if (at == kNoIndex) continue;
    const ObjectIndex space{graph.rawEdges(ObjectIndex{o})[at]};
    if (space == kNoObject || raw(kinds.of(space)) != raw(dict)) continue;
    const TypeIndex owner = graph.type(ObjectIndex{o});
    const auto [it, added] = dictOf.try_emplace(raw(owner), 0);
    if (added) it->second = add("dict of " + typeNames[raw(owner)], dict, owner);
    const std::uint32_t plain = kinds.shapes_[raw(space)];
    const auto [shape, isNew] =
        shapeOf.try_emplace(std::uint64_t{plain} << 32 | it->second, kNoIndex);
    if (isNew) {
      shape->second = graph.copyShape(plain);
      kinds.kindOfShape_.push_back(it->second);
      spaceAt.push_back(spaceAt[plain]);
    }
    graph.setShape(space, shape->second);
  }
  return kinds;
}

}  // namespace whyalive::heap
