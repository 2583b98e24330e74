#include "server/heap/astray.h"

#include <algorithm>
#include <iterator>

namespace whyalive::heap {

bool leadsAstray(LabelKind kind, std::string_view name) {
  if (kind == LabelKind::Type || kind == LabelKind::FrameBack) return true;
  if (kind != LabelKind::Internal) return false;
  constexpr std::string_view kNames[] = {
      "__globals__", "__builtins__", "__mro__", "__bases__", "__base__",   "__subclasses__",
      "f_globals",   "f_builtins",   "f_back",  "ht_module", "__module__", "__objclass__"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

AstrayEdges::AstrayEdges(const HeapGraph& graph) : graph_(&graph) {
  for (const ShapeRecord& shape : graph.snapshot().shapes) {
    std::vector<bool> skips;
    for (const EdgeLabel& label : shape.labels) {
      skips.push_back(leadsAstray(label.kind, graph.name(label.name)));
    }
    const bool any = std::ranges::find(skips, true) != skips.end();
    skips_.push_back(any ? std::move(skips) : std::vector<bool>{});
  }
}

bool AstrayEdges::joins(ObjectIndex from, ObjectIndex to) const {
  const std::vector<bool>& skips = of(from);
  if (skips.empty()) return true;
  const auto edges = graph_->rawEdges(from);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i] == raw(to) && !(i < skips.size() && skips[i])) return true;
  }
  return false;
}

}  // namespace whyalive::heap
