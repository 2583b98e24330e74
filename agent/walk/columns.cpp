// Step 3 of the walk: one value per object and section, in the order of the ids.
#include <algorithm>

#include "agent/walk/section_writer.h"
#include "agent/walk/sizes.h"
#include "agent/walk/values.h"
#include "agent/walk/walk_state.h"

namespace whyalive::agent {

using snapshot::SectionId;
using snapshot::ValueKind;

namespace {

class ColumnWriter {
 public:
  ColumnWriter(WalkState& state, std::uint32_t textLimit, ByteSink& sink)
      : state_(state),
        textLimit_(textLimit),
        sink_(sink),
        address_(state.mappings),
        shape_(state.mappings),
        size_(state.mappings),
        refcount_(state.mappings),
        degree_(state.mappings),
        values_(state.mappings),
        tracked_(state.mappings) {}

  void write(const MappedArray<std::uintptr_t>& objects) {
    for (std::size_t i = 0; i < objects.size(); i += kObjectsAtOnce) {
      const std::size_t count = std::min(kObjectsAtOnce, objects.size() - i);
      writeSome(objects.data() + i, count, objects.size() - i);
    }
  }

  void finish(SectionWriter& out) {
    if (next_ % 8) putBits();
    out.end(edgeCount_);
    out.section(SectionId::Address, address_, next_);
    out.section(SectionId::Shape, shape_, next_);
    out.section(SectionId::Size, size_, next_);
    out.section(SectionId::Refcount, refcount_, next_);
    out.section(SectionId::Degree, degree_, next_);
    out.section(SectionId::Values, values_, valueCount_);
    out.section(SectionId::Tracked, tracked_, next_);
  }

  std::uint32_t written() const { return next_; }
  std::uint64_t edgeCount() const { return edgeCount_; }

 private:
  static constexpr std::size_t kEdgesAtOnce = 512;
  static constexpr std::size_t kObjectsAtOnce = 256;

  // Where the next entries go. A local of the loop, so that the compiler may keep it in registers
  // although bytes are written through it.
  struct Ends {
    std::uint8_t *address, *shape, *size, *refcount, *degree;
  };

  // `ahead`: how many addresses there are from `objects` on, for fetching early.
  void writeSome(const std::uintptr_t* objects, std::size_t count, std::size_t ahead) {
    constexpr std::size_t room = kObjectsAtOnce * snapshot::kMaxVarintBytes;
    const Ends start{address_.room(room), shape_.room(room), size_.room(room), refcount_.room(room),
                     degree_.room(room)};
    Ends ends = start;
    std::uintptr_t previous = previous_;
    MappedArray<std::uintptr_t>& edges = state_.edges.edges();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kObjectAhead < ahead) {
        __builtin_prefetch(reinterpret_cast<char*>(objects[i + kObjectAhead]));
      }
      if (i + kBodyAhead < ahead)
        prefetchBody(reinterpret_cast<PyObject*>(objects[i + kBodyAhead]));
      auto* o = reinterpret_cast<PyObject*>(objects[i]);
      PyTypeObject* type = Py_TYPE(o);
      const TypePlan& plan = state_.plans.of(type);
      const std::size_t before = edges.size();
      const std::uint32_t shape = plan.leaf ? plan.shape : state_.edges.write(o, plan);
      const std::int64_t step = static_cast<std::int64_t>(objects[i] - previous) / 8;
      previous = objects[i];
      const std::uint64_t references = std::min<std::uint64_t>(compat::referenceCount(o), kMost);
      ends.address = snapshot::putVarint(ends.address, snapshot::zigzag(step));
      ends.shape = snapshot::putVarint(ends.shape, shape);
      ends.size = snapshot::putVarint(ends.size, sizeOf(o, plan));
      ends.refcount = snapshot::putVarint(ends.refcount, references);
      ends.degree = snapshot::putVarint(ends.degree, edges.size() - before);
      const bool collected = compat::isCollected(o, type) && compat::isTracked(o);
      bits_ = static_cast<std::uint8_t>(bits_ | (collected ? 1u : 0u) << (next_ % 8));
      if (++next_ % 8 == 0) putBits();
      if (plan.value != ValueKind::None || plan.listed) writeRest(o, plan);
      if (edges.size() > kEdgesAtOnce) writeEdges();
    }
    writeEdges();
    previous_ = previous;
    address_.advance(ends.address - start.address);
    shape_.advance(ends.shape - start.shape);
    size_.advance(ends.size - start.size);
    refcount_.advance(ends.refcount - start.refcount);
    degree_.advance(ends.degree - start.degree);
  }

  void writeRest(PyObject* o, const TypePlan& plan) {
    if (plan.value != ValueKind::None) {
      ++valueCount_;
      writeValue(o, plan.value, textLimit_, values_);
    }
    if (plan.weakReference) state_.weakReferences.push(o);
    if (plan.items == Items::Code) state_.codes.push(reinterpret_cast<PyCodeObject*>(o));
  }

  void putBits() {
    tracked_.bytes(&bits_, 1);
    bits_ = 0;
  }

  void writeEdges() {
    MappedArray<std::uintptr_t>& edges = state_.edges.edges();
    const AddressMap& map = state_.map;
    const std::uintptr_t* at = edges.data();
    const std::uintptr_t* const end = at + edges.size();
    while (at != end) {
      const auto count = std::min<std::size_t>(end - at, ByteSink::kRoom / sizeof(std::uint32_t));
      std::uint8_t* to = sink_.room(count * sizeof(std::uint32_t));
      for (const std::uintptr_t* const stop = at + count; at != stop; ++at) {
        if (end - at > 16) map.prefetch(at[16]);
        const std::uint32_t id = *at ? map.idOf(*at) : snapshot::kNullEdge;
        std::memcpy(to, &id, sizeof id);
        to += sizeof id;
      }
      sink_.advance(count * sizeof(std::uint32_t));
    }
    edgeCount_ += edges.size();
    edges.clear();
  }

  static constexpr std::uint64_t kMost = 0xFFFFFFFFu;
  WalkState& state_;
  std::uint32_t textLimit_;
  ByteSink& sink_;
  ByteColumn address_, shape_, size_, refcount_, degree_, values_, tracked_;
  std::uintptr_t previous_ = 0;
  std::uint32_t next_ = 0;
  std::uint64_t valueCount_ = 0;
  std::uint64_t edgeCount_ = 0;
  std::uint8_t bits_ = 0;
};

}  // namespace

void writeColumns(WalkState& state, const WalkOptions& options, SectionWriter& out,
                  WalkReport& report) {
  state.edges.frames().clear();  // those met while the objects were found; they come again
  ColumnWriter columns(state, options.textLimit, out.begin(SectionId::Edges));
  MappedArray<std::uintptr_t> objects(state.mappings, 1 << 16);
  for (std::size_t plane = 0; plane < state.map.planeCount(); ++plane) {
    objects.clear();
    state.map.objectsOf(plane, objects);
    columns.write(objects);
    report.permille.store(
        static_cast<std::uint32_t>(std::uint64_t{columns.written()} * 1000 / state.objectCount),
        std::memory_order_relaxed);
    if (report.cancelled.load(std::memory_order_relaxed)) {
      state.mappings.bailout().now(Failure::Cancelled);
    }
  }
  columns.finish(out);
  state.edgeCount = columns.edgeCount();
}

}  // namespace whyalive::agent
