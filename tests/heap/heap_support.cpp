#include "tests/heap/heap_support.h"

#include <algorithm>
#include <random>
#include <sstream>

namespace whyalive::testing {

TestHeap heapOf(std::string_view graph, const std::map<std::string, std::uint64_t>& sizes) {
  HeapBuilder builder;
  std::map<std::string, Obj> nodes;
  const auto node = [&](const std::string& name) {
    const auto it = nodes.find(name);
    if (it != nodes.end()) return it->second;
    return nodes.emplace(name, builder.object("test.Node")).first->second;
  };
  std::istringstream words{std::string(graph)};
  for (std::string word; words >> word;) {
    const std::size_t arrow = word.find('>');
    const std::string from = word.substr(0, arrow);
    if (arrow == std::string::npos) {
      node(from);
      continue;
    }
    const Obj to = node(word.substr(arrow + 1));
    if (from == "root") {
      builder.root(snapshot::RootKind::Interpreter, "root", to, true);
    } else {
      builder.append(node(from), to);
    }
  }
  for (const auto& [name, size] : sizes) builder.resize(nodes.at(name), size);
  // A node that nothing refers to would have been freed: let it refer to itself, as garbage does.
  TestHeap result;
  snapshot::Contents contents = builder.contents();
  std::set<Obj> referred;
  for (const auto& object : contents.objects)
    referred.insert(object.edges.begin(), object.edges.end());
  for (const auto& root : contents.roots) referred.insert(root.object);
  for (const auto& [name, o] : nodes) {
    if (!referred.contains(o)) builder.append(o, o);
    result.nodes[name] = at(o);
    result.names[o] = name;
  }
  result.analysis = builder.analyse();
  return result;
}

std::string randomGraph(unsigned seed, int nodes, double referencesPerNode) {
  std::mt19937 random(seed);
  const auto pick = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  std::ostringstream graph;
  for (int i = 0; i < nodes; ++i) graph << 'n' << i << ' ';
  const int roots = 1 + pick(3);
  for (int i = 0; i < roots; ++i) graph << "root>n" << pick(nodes) << ' ';
  const int references = static_cast<int>(nodes * referencesPerNode);
  for (int i = 0; i < references; ++i) graph << 'n' << pick(nodes) << ">n" << pick(nodes) << ' ';
  return graph.str();
}

std::vector<bool> PlainGraph::reachedWithout(std::span<const std::uint32_t> blocked) const {
  std::vector<bool> seen(out.size());
  std::vector<std::uint32_t> stack;
  const auto reach = [&](std::uint32_t o) {
    if (seen[o] || std::ranges::find(blocked, o) != blocked.end()) return;
    seen[o] = true;
    stack.push_back(o);
  };
  for (const std::uint32_t root : roots) reach(root);
  while (!stack.empty()) {
    const std::uint32_t o = stack.back();
    stack.pop_back();
    for (const std::uint32_t target : out[o]) reach(target);
  }
  return seen;
}

PlainGraph plain(const TestHeap& heap) {
  const heap::HeapGraph& graph = heap.analysis->graph();
  PlainGraph result;
  result.out.resize(graph.objectCount());
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    for (const std::uint32_t target : graph.rawEdges(ObjectIndex{o})) {
      if (target != snapshot::kNullEdge) result.out[o].push_back(target);
    }
  }
  for (const heap::Root& root : heap.analysis->roots().all()) {
    result.roots.push_back(raw(root.object));
  }
  return result;
}

}  // namespace whyalive::testing
