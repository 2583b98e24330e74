// A tiny language for graphs: heapOf("root>a a>b a>c b>d c>d"). Each word is a reference; nodes are
// made as they are named; `root` stands for the roots.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/heap/analysis.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {

struct TestHeap {
  std::shared_ptr<const heap::Analysis> analysis;
  std::map<std::string, ObjectIndex> nodes;
  std::map<std::uint32_t, std::string> names;

  ObjectIndex operator[](const std::string& name) const { return nodes.at(name); }
  std::string nameOf(ObjectIndex o) const { return o == kNoObject ? "root" : names.at(raw(o)); }
  std::string dominatorOf(const std::string& name) const {
    return nameOf(analysis->dominators().idom(nodes.at(name)));
  }
  Bytes retainedBy(const std::string& name) const {
    return analysis->dominators().retained(nodes.at(name));
  }
};

// Every node is 16 bytes and 8 for each reference it has, unless `sizes` says otherwise.
TestHeap heapOf(std::string_view graph, const std::map<std::string, std::uint64_t>& sizes = {});

// A random graph of this many nodes, the same for the same seed: some nodes hang on the roots, some
// on nothing; with cycles, loops and double references.
std::string randomGraph(unsigned seed, int nodes, double referencesPerNode);

// For oracles: the graph as plain sets, and what is reached without going through `blocked`.
struct PlainGraph {
  std::vector<std::vector<std::uint32_t>> out;
  std::vector<std::uint32_t> roots;
  std::vector<bool> reachedWithout(std::span<const std::uint32_t> blocked) const;
};
PlainGraph plain(const TestHeap& heap);

}  // namespace whyalive::testing
