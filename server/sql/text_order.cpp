#include "server/sql/text_order.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "server/heap/stoppable_sort.h"

namespace whyalive::sql {
namespace {

constexpr std::size_t kCheckEvery = 1u << 15;  // strings between two looks at the control

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

}  // namespace

Result<TextOrder> sortedByText(const heap::HeapGraph& graph, std::span<const std::uint32_t> strings,
                               QueryRun& run) {
  constexpr std::string_view kStep = "sorting strings";
  std::vector<Entry> entries;
  entries.reserve(strings.size());
  for (const std::uint32_t object : strings) {
    if (entries.size() % kCheckEvery == 0 && !run.keepGoing(kStep)) {
      return std::unexpected(run.stopError());
    }
    entries.push_back(entryOf(graph, object));
  }
  if (!heap::sortStoppably(entries, less, run.control(), kStep)) {
    return std::unexpected(run.stopError());
  }
  TextOrder order;
  order.strings.reserve(entries.size());
  order.repeats.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i % kCheckEvery == 0 && !run.keepGoing(kStep)) return std::unexpected(run.stopError());
    order.strings.push_back(entries[i].object);
    order.repeats[i] = i > 0 && entries[i].prefix == entries[i - 1].prefix &&
                       entries[i].view() == entries[i - 1].view();
  }
  return order;
}

}  // namespace whyalive::sql
