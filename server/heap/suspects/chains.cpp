// R6, no container: what grows without one. A chain of objects of one type, each the next one's
// only way to live, nested 64 deep or more (a linked list, a chain of exceptions with their
// contexts, wrapped callbacks); and one single object that is large by itself (a bytearray, a
// buffer).
#include <algorithm>

#include "server/heap/column.h"
#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

void findChains(const Ground& ground, std::vector<Candidate>& found) {
  const Dominators& dominators = ground.dominators();
  const HeapGraph& graph = ground.graph();
  const std::uint32_t n = dominators.reachableCount();
  // By preorder position: links from the head of the chain down to here, and that head.
  struct Link {
    std::uint32_t length, head;
  };
  Column<Link> links(n);
  Column<std::uint32_t> longest(n);  // by position of a head, which comes before its links
  for (std::uint32_t i = 0; i < n && ground.goesOn(i); ++i) {
    const ObjectIndex o{dominators.preorder()[i]};
    links[i] = {1, i};
    longest[i] = 0;
    if (dominators.subtreeCount(o) == 1) continue;
    ObjectIndex above = dominators.idom(o);
    for (std::uint32_t k = 0; k < threshold::kChainPeriod && above != kNoObject; ++k) {
      if (graph.type(above) == graph.type(o)) {
        const Link& link = links[dominators.position(above)];
        links[i] = {link.length + 1, link.head};
        break;
      }
      above = dominators.idom(above);
    }
    longest[links[i].head] = std::max(longest[links[i].head], links[i].length);
  }
  for (std::uint32_t i = 0; i < n && ground.goesOn(i); ++i) {
    if (longest[i] < threshold::kChainLength) continue;
    Candidate candidate;
    candidate.rule = FoundBy::Chain;
    candidate.holder = ObjectIndex{dominators.preorder()[i]};
    candidate.entries = longest[i];
    candidate.score = ground.userRetained(candidate.holder);
    if (candidate.score >= kCandidateBytes && !ground.isProgram(candidate.holder)) {
      found.push_back(std::move(candidate));
    }
  }
}

void findLeaves(const Ground& ground, std::vector<Candidate>& found) {
  const Dominators& dominators = ground.dominators();
  const HeapGraph& graph = ground.graph();
  for (std::uint32_t i = 0; i < dominators.reachableCount() && ground.goesOn(i); ++i) {
    const ObjectIndex o{dominators.preorder()[i]};
    if (dominators.subtreeCount(o) != 1 || ground.isProgram(o)) continue;
    const Bytes bytes = graph.size(o) + graph.nativeSize(o);
    if (bytes < kLeafBytes) continue;
    Candidate candidate;
    candidate.rule = FoundBy::Leaf;
    candidate.holder = o;
    candidate.entries = graph.entryCount(o);
    candidate.score = bytes;
    found.push_back(std::move(candidate));
  }
}

}  // namespace whyalive::heap
