// Waste, empty containers: dicts, lists, sets that were made in case something comes, one for each
// of many objects, and that nothing came into. None, or one that is made when it is needed, would
// do.
#include <algorithm>

#include "server/heap/amounts.h"
#include "server/heap/suspects/waste.h"

namespace whyalive::heap {
namespace {

struct OfType {
  std::uint64_t count = 0;
  Bytes bytes = 0;
};

// fn(object) for each container that can be filled and is not.
template <class Fn>
void forEachEmpty(const Ground& ground, Fn fn) {
  const HeapGraph& graph = ground.graph();
  for (std::uint32_t o = 0; o < graph.objectCount() && ground.goesOn(o); ++o) {
    const ObjectIndex object{o};
    if (graph.rawEdges(object).size() != graph.shape(object).labels.size()) continue;
    if (!graph.isContainer(object)) continue;
    if (ground.isProgram(object) || !ground.dominators().reachable(object)) continue;
    if (graph.refcount(object) != 0) fn(object);
  }
}

}  // namespace

void findEmpty(const Ground& ground, Bytes least, std::vector<Wasted>& found) {
  const HeapGraph& graph = ground.graph();
  std::vector<OfType> types(graph.typeCount());
  forEachEmpty(ground, [&](ObjectIndex o) {
    OfType& type = types[raw(graph.type(o))];
    ++type.count;
    type.bytes += graph.size(o);
  });
  for (std::uint32_t t = 0; t < types.size(); ++t) {
    if (types[t].bytes < least) continue;
    Wasted wasted;
    wasted.type = graph.typeName(TypeIndex{t});
    wasted.count = types[t].count;
    wasted.bytes = types[t].bytes;
    wasted.what = formatCount(wasted.count) + " empty " + wasted.type;
    wasted.note = "None, or one that is made when it is needed, would do";
    std::uint64_t number = 0;
    const std::uint64_t step = wasted.count / kWasteSamples + 1;
    forEachEmpty(ground, [&](ObjectIndex o) {
      if (raw(graph.type(o)) == t && number++ % step == 0) wasted.samples.push_back(o);
    });
    found.push_back(std::move(wasted));
  }
}

}  // namespace whyalive::heap
