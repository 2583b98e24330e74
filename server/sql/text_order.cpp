#include "server/sql/text_order.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace whyalive::sql {
namespace {

constexpr std::size_t kRun = 1u << 15;         // strings sorted at once
constexpr std::size_t kCheckEvery = 1u << 15;  // strings merged between two looks at the control

// The first eight bytes as a number decide mostly, without a look at the heap. Texts are found
// once: finding one means stepping over its neighbours.
struct Entry {
  std::uint64_t prefix = 0;
  const char* text = nullptr;
  std::uint32_t length = 0;
  std::uint32_t object = 0;

  std::string_view view() const { return {text, length}; }
};

std::uint64_t prefixOf(std::string_view text) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    prefix = prefix << 8 | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0);
  }
  return prefix;
}

bool less(const Entry& a, const Entry& b) {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  const int order = a.view().compare(b.view());
  return order != 0 ? order < 0 : a.object < b.object;
}

Entry entryOf(const heap::HeapGraph& graph, std::uint32_t object) {
  const heap::TextValue text = graph.text(ObjectIndex{object}).value_or(heap::TextValue{});
  return {prefixOf(text.bytes), text.bytes.data(), static_cast<std::uint32_t>(text.bytes.size()),
          object};
}

// Merges two neighbouring runs; false when the query is to stop.
bool mergeRuns(std::span<const Entry> a, std::span<const Entry> b, Entry* out, QueryRun& run) {
  std::size_t i = 0, j = 0, done = 0;
  while (i < a.size() || j < b.size()) {
    if (++done % kCheckEvery == 0 && !run.keepGoing("sorting strings")) return false;
    const bool fromA = j == b.size() || (i < a.size() && !less(b[j], a[i]));
    *out++ = fromA ? a[i++] : b[j++];
  }
  return true;
}

}  // namespace

// Bottom-up merge sort: std::sort could not be stopped half-way.
Result<std::vector<std::uint32_t>> sortedByText(const heap::HeapGraph& graph,
                                                std::span<const std::uint32_t> strings,
                                                QueryRun& run) {
  const std::size_t n = strings.size();
  std::vector<Entry> entries(n), merged(n);
  for (std::size_t first = 0; first < n; first += kRun) {
    const std::size_t end = std::min(n, first + kRun);
    for (std::size_t i = first; i < end; ++i) {
      entries[i] = entryOf(graph, strings[i]);
    }
    std::sort(entries.begin() + static_cast<std::ptrdiff_t>(first),
              entries.begin() + static_cast<std::ptrdiff_t>(end), less);
    if (!run.keepGoing("sorting strings")) return std::unexpected(run.stopError());
  }
  for (std::size_t width = kRun; width < n; width *= 2) {
    for (std::size_t first = 0; first < n; first += 2 * width) {
      const std::size_t middle = std::min(n, first + width), end = std::min(n, middle + width);
      const std::span<const Entry> all(entries);
      if (!mergeRuns(all.subspan(first, middle - first), all.subspan(middle, end - middle),
                     merged.data() + first, run)) {
        return std::unexpected(run.stopError());
      }
    }
    entries.swap(merged);
  }
  std::vector<std::uint32_t> sorted(n);
  for (std::size_t i = 0; i < n; ++i) sorted[i] = entries[i].object;
  return sorted;
}

}  // namespace whyalive::sql
