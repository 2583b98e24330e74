#include "server/heap/held_from_c.h"

#include <algorithm>
#include <map>

#include "server/heap/code_names.h"

namespace whyalive::heap {
namespace {

constexpr std::size_t kLooked = 32;  // entries
constexpr std::size_t kFewest = 8;   // fewer say nothing of those to come

}  // namespace

std::string_view contentOf(const HeapGraph& graph, ObjectIndex o) {
  if (!graph.isContainer(o) || graph.entryCount(o) < kFewest) return {};
  std::map<std::uint32_t, std::size_t> counts;  // by type
  std::size_t looked = 0;
  const bool pairs = graph.isDict(o);
  bool key = false;
  for (const std::uint32_t target : graph.rawEdges(o).subspan(graph.shape(o).labels.size())) {
    key = pairs && !key;
    if (key || target == snapshot::kNullEdge) continue;
    ++counts[raw(graph.type(ObjectIndex{target}))];
    if (++looked == kLooked) break;
  }
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  if (most == counts.end() || most->second * 2 <= looked) return {};
  return graph.typeName(TypeIndex{most->first});
}

ObjectIndex keeperOf(const Analysis& analysis, ObjectIndex o) {
  const Root* root = analysis.roots().at(o);
  if (root == nullptr || root->keeper == kNoObject) return kNoObject;
  if (!analysis.paths().reached(root->keeper)) return kNoObject;
  // The way to it may begin at something that is kept itself, even at this.
  const Root* start = analysis.roots().at(analysis.paths().to(root->keeper).front());
  return start == nullptr || start->keeper == kNoObject ? root->keeper : kNoObject;
}

std::string heldFromC(const HeapGraph& graph, ObjectIndex o, std::string_view content) {
  return std::string(kHeldFromC) + " " + std::string(lastPart(graph.typeName(o))) + " of " +
         std::string(lastPart(content));
}

}  // namespace whyalive::heap
