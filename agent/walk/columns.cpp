// Step 3 of the walk: one value per object and section, in the order of the ids.
#include "agent/walk/section_writer.h"
#include "agent/walk/values.h"
#include "agent/walk/walk_state.h"

namespace whyalive::agent {

using snapshot::SectionId;
using snapshot::ValueKind;

namespace {

struct Columns {
  explicit Columns(Mappings& mappings)
      : address(mappings),
        shape(mappings),
        size(mappings),
        refcount(mappings),
        degree(mappings),
        values(mappings),
        tracked(mappings) {}
  ByteColumn address, shape, size, refcount, degree, values, tracked;
  std::uint64_t valueCount = 0;
};

void writeEdges(const WalkState& state, const std::uintptr_t* at, const std::uintptr_t* end,
                const std::uintptr_t* limit, ByteSink& out) {
  for (; at != end; ++at) {
    if (limit - at > 16) state.map.prefetch(at[16]);
    out.putWord(*at ? state.map.idOf(*at) : snapshot::kNullEdge);
  }
}

}  // namespace

void writeColumns(WalkState& state, const WalkOptions& options, SectionWriter& out,
                  WalkReport& report) {
  const std::uint32_t count = state.objectCount;
  MappedArray<std::uint32_t> order(state.mappings, count + 1);
  order.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i + 16 < count) state.map.prefetch(state.records[i + 16].address);
    order[state.map.idOf(state.records[i].address)] = i;
  }

  Columns columns(state.mappings);
  const std::uintptr_t* edges = state.edges.edges().data();
  const std::uintptr_t* limit = edges + state.edges.edges().size();
  ByteSink& sink = out.begin(SectionId::Edges);
  std::uintptr_t previous = 0;
  std::uint8_t bits = 0;
  for (std::uint32_t id = 0; id < count; ++id) {
    if (id + 16 < count) __builtin_prefetch(&state.records[order[id + 16]]);
    if (id + 8 < count) {
      __builtin_prefetch(reinterpret_cast<char*>(state.records[order[id + 8]].address));
    }
    const Record& record = (&state.records[order[id]])[0];
    const Record& next = (&record)[1];
    columns.address.varint(
        snapshot::zigzag(static_cast<std::int64_t>(record.address - previous) / 8));
    previous = record.address;
    columns.shape.varint(record.shape());
    columns.size.varint(record.size);
    columns.refcount.varint(record.refcount);
    columns.degree.varint(next.edgeStart - record.edgeStart);
    writeEdges(state, edges + record.edgeStart, edges + next.edgeStart, limit, sink);
    const ValueKind kind = state.shapes.valueKind(record.shape());
    if (kind != ValueKind::None) {
      ++columns.valueCount;
      writeValue(reinterpret_cast<PyObject*>(record.address), kind, options.textLimit,
                 columns.values);
    }
    if (record.tracked()) bits = static_cast<std::uint8_t>(bits | 1u << (id % 8));
    if (id % 8 == 7 || id + 1 == count) {
      columns.tracked.bytes(&bits, 1);
      bits = 0;
    }
    if (id % 65536 == 0) {
      report.permille.store(static_cast<std::uint32_t>(std::uint64_t{id} * 1000 / count),
                            std::memory_order_relaxed);
      if (report.cancelled.load(std::memory_order_relaxed)) {
        state.mappings.bailout().now(Failure::Cancelled);
      }
    }
  }
  out.end(state.edges.edges().size());
  out.section(SectionId::Address, columns.address, count);
  out.section(SectionId::Shape, columns.shape, count);
  out.section(SectionId::Size, columns.size, count);
  out.section(SectionId::Refcount, columns.refcount, count);
  out.section(SectionId::Degree, columns.degree, count);
  out.section(SectionId::Values, columns.values, columns.valueCount);
  out.section(SectionId::Tracked, columns.tracked, count);
}

}  // namespace whyalive::agent
