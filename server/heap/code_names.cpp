#include "server/heap/code_names.h"

#include <algorithm>

namespace whyalive::heap {
namespace {

ObjectIndex labelled(const HeapGraph& graph, ObjectIndex o, std::string_view name) {
  const ShapeRecord& shape = graph.shape(o);
  for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
    if (graph.name(shape.labels[i].name) == name) return ObjectIndex{graph.rawEdges(o)[i]};
  }
  return kNoObject;
}

std::vector<std::string> texts(const HeapGraph& graph, ObjectIndex tuple) {
  std::vector<std::string> names;
  for (const std::uint32_t o : graph.rawEdges(tuple)) {
    const auto text = o == kNoIndex ? std::nullopt : graph.text(ObjectIndex{o});
    names.emplace_back(text ? text->bytes : "");
  }
  return names;
}

}  // namespace

std::vector<std::string> freeVariables(const HeapGraph& graph, ObjectIndex code) {
  if (code == kNoObject) return {};
  if (const ObjectIndex tuple = labelled(graph, code, "co_freevars"); tuple != kNoObject) {
    return texts(graph, tuple);
  }
  // 3.11 and later: one tuple of all names and one byte of flags for each, free variables last.
  const ObjectIndex names = labelled(graph, code, "co_localsplusnames");
  const ObjectIndex kinds = labelled(graph, code, "co_localspluskinds");
  if (names == kNoObject || kinds == kNoObject) return {};
  constexpr std::uint8_t kFree = 0x80;
  const std::vector<std::string> all = texts(graph, names);
  const std::optional<TextValue> flags = graph.blob(kinds);
  std::vector<std::string> free;
  for (std::size_t i = 0; flags && i < all.size() && i < flags->bytes.size(); ++i) {
    if ((static_cast<std::uint8_t>(flags->bytes[i]) & kFree) != 0) free.push_back(all[i]);
  }
  return free;
}

std::string parameterOfDefault(const HeapGraph& graph, ObjectIndex code, std::uint32_t i,
                               std::uint32_t defaults) {
  const CodeRecord* record = code == kNoObject ? nullptr : graph.code(code);
  if (record == nullptr || record->arguments < defaults) return {};
  ObjectIndex names = labelled(graph, code, "co_localsplusnames");
  if (names == kNoObject) names = labelled(graph, code, "co_varnames");
  if (names == kNoObject) return {};
  const std::vector<std::string> all = texts(graph, names);
  const std::size_t at = record->arguments - defaults + i;
  return at < all.size() ? all[at] : std::string();
}

std::string_view baseName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

FunctionName functionName(const HeapGraph& graph, ObjectIndex code) {
  FunctionName function;
  const CodeRecord* record = code == kNoObject ? nullptr : graph.code(code);
  if (record == nullptr) return function;
  function.file = graph.name(record->file);
  function.qualname = graph.name(record->qualname);
  function.firstLine = record->firstLine;
  const auto& modules = graph.snapshot().modules;
  const auto module = std::ranges::find_if(modules, [&](const ModuleRecord& m) {
    return m.file != kNoName && graph.name(m.file) == function.file;
  });
  if (module != modules.end()) function.module = graph.name(module->name);
  return function;
}

std::string_view lastPart(std::string_view qualname) {
  const std::size_t dot = qualname.rfind('.');
  return dot == std::string_view::npos ? qualname : qualname.substr(dot + 1);
}

}  // namespace whyalive::heap
