// Times each analysis of one snapshot file:  analysis_bench FILE [REPEATS]
// Prints the best of the repeats, in milliseconds and nanoseconds per object, and the memory held.
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "server/heap/analysis.h"
#include "server/heap/components.h"
#include "server/heap/partition.h"
#include "server/heap/snapshot_reader.h"
#include "server/heap/statistics_index.h"
#include "server/heap/suspects.h"
#include "server/session/run_both.h"
#include "server/session/snapshot_file.h"

namespace {

using namespace whyalive;

std::map<int, std::pair<std::string, double>> best;  // by order of appearance

template <class Work>
auto timed(int order, const char* name, Work work) {
  const auto start = std::chrono::steady_clock::now();
  auto result = work();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  const auto [it, added] = best.try_emplace(order, name, took.count());
  it->second.second = std::min(it->second.second, took.count());
  return result;
}

template <class T>
T orExit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

std::uint64_t residentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

using File = std::shared_ptr<const net::SnapshotBytes>;

std::uint32_t runSteps(const File& file) {
  heap::Snapshot snapshot =
      timed(0, "read", [&] { return orExit(heap::readSnapshot(file->view(), file)); });
  heap::HeapGraph graph(std::move(snapshot));
  timed(1, "graph, referrers", [&] {
    graph.linkReferrers();
    return 0;
  });
  const heap::Kinds kinds = timed(2, "kinds", [&] { return heap::Kinds::classify(graph); });
  heap::Roots roots;
  heap::SpanningTree tree = timed(3, "roots, spanning tree", [&] {
    heap::SpanningTree spanning(graph);
    roots = heap::Roots::named(graph, spanning);
    roots.addUnnamed(graph, spanning);
    return spanning;
  });
  timed(4, "paths", [&] { return orExit(heap::Paths::find(graph, roots, {})); });
  const heap::Dominators dominators = timed(5, "dominators, retained", [&] {
    return orExit(heap::Dominators::find(graph, std::move(tree), {}));
  });
  timed(6, "statistics", [&] { return heap::StatisticsIndex(graph, kinds, dominators); });
  timed(7, "cycles", [&] { return orExit(heap::Components::find(graph, {})); });
  return graph.objectCount();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: analysis_bench FILE [REPEATS]\n");
    return 2;
  }
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 3;
  const File file = std::make_shared<net::SnapshotBytes>(orExit(session::loadSnapshot(argv[1])));
  // First of all, while no freed memory of another step hides what this one holds.
  const std::uint64_t before = residentBytes();
  heap::Snapshot snapshot = orExit(heap::readSnapshot(file->view(), file));
  const std::uint64_t edges = snapshot.edges.size();
  const auto analysis = timed(60, "analyse(), two threads, first", [&] {
    return orExit(heap::analyse(std::move(snapshot), {}, session::runBoth()));
  });
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto peak = static_cast<double>(usage.ru_maxrss) * 1024;
  malloc_trim(0);
  const std::uint64_t held = residentBytes() - before;

  std::uint32_t objects = 0;
  for (int i = 0; i < repeats; ++i) {
    for (const bool both : {true, false}) {
      heap::Snapshot again = orExit(heap::readSnapshot(file->view(), file));
      timed(both ? 61 : 62, both ? "  the best of several" : "analyse(), one thread", [&] {
        return orExit(
            heap::analyse(std::move(again), {}, both ? session::runBoth() : heap::RunBoth{}));
      });
    }
    objects = runSteps(file);
  }
  double sum = 0;
  for (const auto& [order, step] : best) sum += order < 50 ? step.second : 0;
  best[50] = {"sum of the above", sum};
  for (int i = 0; i < repeats; ++i) {
    const auto divide = [&](int order, const char* name, heap::PartitionBy by) {
      timed(order, name,
            [&] { return heap::partition(*analysis, by, {.limit = 10})->rows.size(); });
    };
    divide(63, "partition by kind", heap::PartitionBy::Kind);
    divide(64, "partition by holder", heap::PartitionBy::Holder);
    divide(65, "partition by referrers", heap::PartitionBy::Referrers);
    divide(66, "partition by via", heap::PartitionBy::Via);
    divide(67, "partition by size", heap::PartitionBy::Size);
    divide(68, "partition by id", heap::PartitionBy::Id);
    timed(69, "suspects", [&] { return orExit(heap::findSuspects(*analysis, {})).size(); });
  }
  std::printf("%u objects, %.2f references an object, snapshot %.1f bytes an object\n", objects,
              static_cast<double>(edges) / objects,
              static_cast<double>(file->view().size()) / objects);
  for (const auto& [order, step] : best) {
    std::printf("%-24s %10.1f ms %8.1f ns/object\n", step.first.c_str(), step.second,
                step.second * 1e6 / objects);
  }
  std::printf("held besides the file     %8.1f bytes/object\n",
              static_cast<double>(held) / objects);
  std::printf("held with the file        %8.1f bytes/object\n",
              static_cast<double>(held + file->view().size()) / objects);
  std::printf("peak while analysing      %8.1f bytes/object, the file too\n", peak / objects);
}
