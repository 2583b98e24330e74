#include "server/sources/warning_lines.h"

#include <algorithm>
#include <map>

#include "server/heap/analysis.h"
#include "server/sources/candidate.h"
#include "server/sources/snapshot_files.h"
#include "server/sources/source_file.h"
#include "server/sources/source_index.h"

namespace whyalive::sources {
namespace {

constexpr std::size_t kMostLines = 3;
constexpr double kWorthNaming = 0.1;  // of the entries
constexpr int kScore = 40;            // the heap says so

// Entries by the line in their key: (text, category, line).
std::map<std::uint32_t, std::size_t> linesIn(const heap::HeapGraph& graph, ObjectIndex registry) {
  std::map<std::uint32_t, std::size_t> lines;
  graph.forEachItem(registry, [&](ObjectIndex key, ObjectIndex) {
    const auto edges = graph.rawEdges(key);
    if (graph.typeName(key) != "tuple" || edges.size() != 3) return;
    const auto line = graph.integer(ObjectIndex{edges.back()});
    if (line && line->bits == 0 && line->value > 0)
      ++lines[static_cast<std::uint32_t>(line->value)];
  });
  return lines;
}

// The call that spans the line: what warns there, or what calls what warns.
const Call* callAt(const SourceFile& file, std::uint32_t line) {
  const Call* best = nullptr;
  for (const Call& call : file.index().calls) {
    const TextRange range = file.range(call.range);
    if (range.begin.line + 1 > line || range.end.line + 1 < line) continue;
    if (best == nullptr || call.range.begin < best->range.begin) best = &call;
  }
  return best;
}

}  // namespace

std::vector<Location> warningLines(const heap::Analysis& analysis, const heap::Suspect& suspect,
                                   SourceIndex& index) {
  std::vector<Location> found;
  const heap::Holder& holder = suspect.holder;
  if (holder.owner != heap::OwnerKind::Global || holder.name != "__warningregistry__") return found;
  const std::string process = absolutePath(holder.moduleFile, analysis.process().workingDirectory);
  const auto file = index.file(index.localPath(process));
  if (!file) return found;
  const auto lines = linesIn(analysis.graph(), holder.object);
  std::vector<std::pair<std::size_t, std::uint32_t>> order;
  std::size_t total = 0;
  for (const auto& [line, count] : lines) {
    order.emplace_back(count, line);
    total += count;
  }
  std::ranges::sort(order, std::greater{});
  for (const auto& [count, line] : order) {
    if (found.size() == kMostLines) break;
    if (static_cast<double>(count) < kWorthNaming * static_cast<double>(total)) break;
    if (const Call* call = callAt(*file, line)) {
      found.push_back(toLocation({Role::Store, file, call->range, call->function, kScore}));
    }
  }
  return found;
}

}  // namespace whyalive::sources
