#include "server/heap/context_maps.h"

namespace whyalive::heap {

bool isContextTree(std::string_view type) { return type.starts_with("hamt"); }

bool isContextMap(std::string_view type) {
  return type == "_contextvars.Context" || type == "Context" || isContextTree(type);
}

std::string nameOfContextVariable(const HeapGraph& graph, ObjectIndex variable) {
  std::string name;
  graph.forEachReference(variable, [&](const Label& label, ObjectIndex target) {
    const auto text = label.name == "name" ? graph.text(target) : std::nullopt;
    if (text) name = text->bytes;
  });
  return name;
}

}  // namespace whyalive::heap
