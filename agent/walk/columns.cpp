// Step 3 of the walk: one value per object and section, in the order of the ids.
#include <algorithm>

#include "agent/walk/second_walker.h"
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
  // For the objects from plane `plane` on. `sink` stands where their references go.
  ColumnWriter(WalkState& state, std::uint32_t textLimit, std::size_t plane, Mappings& mappings,
               EdgeWriter& edges, ByteSink& sink)
      : state_(state),
        map_(state.map),
        bailout_(mappings.bailout()),
        textLimit_(textLimit),
        edgeWriter_(edges),
        sink_(sink),
        address_(mappings),
        shape_(mappings),
        size_(mappings),
        refcount_(mappings),
        degree_(mappings),
        values_(mappings),
        tracked_(mappings),
        weakReferences_(mappings),
        codes_(mappings),
        natives_(mappings),
        pointers_(mappings),
        objects_(mappings, 1 << 16),
        plane_(plane),
        first_(plane),
        start_(sink.written()),
        previous_(map_.lastBefore(plane)),
        next_(map_.objectsBefore(plane)) {}

  void writePlane() {
    objects_.clear();
    map_.objectsOf(plane_++, objects_);
    for (std::size_t i = 0; i < objects_.size(); i += kObjectsAtOnce) {
      const std::size_t count = std::min(kObjectsAtOnce, objects_.size() - i);
      writeSome(objects_.data() + i, count, objects_.size() - i);
    }
    // Both looks at an object must see the same, or the other writer's references lie elsewhere.
    if (sink_.written() - start_ !=
        sizeof(std::uint32_t) * (map_.referencesBefore(plane_) - map_.referencesBefore(first_))) {
      bailout_.now(Failure::BadAddress);
    }
  }
  std::size_t plane() const { return plane_; }
  std::uint32_t written() const { return next_; }

  // Writes the columns, those of `rest` behind one's own.
  void finish(SectionWriter& out, ColumnWriter* rest) {
    const std::uint32_t count = state_.objectCount;
    const auto column = [&](SectionId id, ByteColumn ColumnWriter::* part, std::uint64_t items) {
      if (rest) {
        out.section(id, this->*part, rest->*part, items);
      } else {
        out.section(id, this->*part, items);
      }
    };
    joinBits(rest);
    column(SectionId::Address, &ColumnWriter::address_, count);
    column(SectionId::Shape, &ColumnWriter::shape_, count);
    column(SectionId::Size, &ColumnWriter::size_, count);
    column(SectionId::Refcount, &ColumnWriter::refcount_, count);
    column(SectionId::Degree, &ColumnWriter::degree_, count);
    column(SectionId::Values, &ColumnWriter::values_, valueCount_ + (rest ? rest->valueCount_ : 0));
    column(SectionId::Tracked, &ColumnWriter::tracked_, count);
    handOver();
    if (rest) rest->handOver();
  }

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
    MappedArray<std::uintptr_t>& edges = edgeWriter_.edges();
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
      const std::uint32_t shape = plan.leaf ? plan.shape : edgeWriter_.write(o, plan);
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
      if (plan.value != ValueKind::None || plan.listed) writeRest(o, plan, before);
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

  void writeRest(PyObject* o, const TypePlan& plan, std::size_t firstEdge) {
    if (plan.value != ValueKind::None) {
      ++valueCount_;
      writeValue(o, plan.value, textLimit_, values_);
    }
    if (const NativeMemory native = nativeMemory(o, plan.nativeRule, state_.numpyMajor);
        native.bytes) {
      natives_.push({o, native});
    }
    if (plan.weakReference) weakReferences_.push(o);
    if (plan.items == Items::Code) codes_.push(reinterpret_cast<PyCodeObject*>(o));
    if (plan.opaque) notePointers(o, plan, firstEdge);
  }

  // C code may hold what its tp_traverse does not visit, or have none. Types are left out: they are
  // pointed at by much and hardly ever what piles up. A word that C code has not written yet is
  // looked at like any other; never inlined, so that tests/agent/valgrind.supp can tell this place.
  [[gnu::noinline]] void notePointers(PyObject* o, const TypePlan& plan, std::size_t firstEdge) {
    const auto* word = reinterpret_cast<const std::uintptr_t*>(o + 1);
    const auto* const end = reinterpret_cast<const std::uintptr_t*>(
        reinterpret_cast<const char*>(o) + plan.base->tp_basicsize);
    for (; word + 1 <= end && pointers_.size() < kMostPointers; ++word) {
      if (*word == 0 || !map_.contains(*word)) continue;
      auto* to = reinterpret_cast<PyObject*>(*word);
      if (edgeWriter_.isTold(firstEdge, to)) continue;
      if (to != o && to != Py_None && !PyType_Check(to)) pointers_.push({o, to});
    }
  }

  void putBits() {
    tracked_.bytes(&bits_, 1);
    bits_ = 0;
  }

  void writeEdges() {
    MappedArray<std::uintptr_t>& edges = edgeWriter_.edges();
    const std::uintptr_t* at = edges.data();
    const std::uintptr_t* const end = at + edges.size();
    while (at != end) {
      const auto count = std::min<std::size_t>(end - at, ByteSink::kRoom / sizeof(std::uint32_t));
      std::uint8_t* to = sink_.room(count * sizeof(std::uint32_t));
      for (const std::uintptr_t* const stop = at + count; at != stop; ++at) {
        if (end - at > 16) map_.prefetch(at[16]);
        const std::uint32_t id = *at ? map_.idOf(*at) : snapshot::kNullEdge;
        std::memcpy(to, &id, sizeof id);
        to += sizeof id;
      }
      sink_.advance(count * sizeof(std::uint32_t));
    }
    edges.clear();
  }

  // The two parts may meet within a byte.
  void joinBits(ColumnWriter* rest) {
    if (next_ % 8 == 0) {
      if (rest) rest->putLastBits();
      return;
    }
    if (rest) {
      rest->putLastBits();
      bits_ = static_cast<std::uint8_t>(bits_ | rest->tracked_.data()[0]);
      rest->tracked_.dropFirst();
    }
    putBits();
  }
  void putLastBits() {
    if (next_ % 8) putBits();
  }

  // To the tables that are written after the columns.
  void handOver() {
    for (PyObject* o : weakReferences_) state_.weakReferences.push(o);
    for (PyCodeObject* code : codes_) state_.codes.push(code);
    for (const FoundNative& native : natives_) state_.natives.push(native);
    for (const FoundPointer& pointer : pointers_) state_.pointers.push(pointer);
    if (&edgeWriter_ == &state_.edges) return;
    for (const FoundFrame& frame : edgeWriter_.frames()) state_.edges.frames().push(frame);
  }

  static constexpr std::uint64_t kMost = 0xFFFFFFFFu;
  static constexpr std::size_t kMostPointers = 1 << 20;
  WalkState& state_;
  const AddressMap& map_;
  Bailout& bailout_;
  std::uint32_t textLimit_;
  EdgeWriter& edgeWriter_;
  ByteSink& sink_;
  ByteColumn address_, shape_, size_, refcount_, degree_, values_, tracked_;
  MappedArray<PyObject*> weakReferences_;
  MappedArray<PyCodeObject*> codes_;
  MappedArray<FoundNative> natives_;
  MappedArray<FoundPointer> pointers_;
  MappedArray<std::uintptr_t> objects_;
  std::size_t plane_;
  std::size_t first_;    // plane
  std::uint64_t start_;  // in the file
  std::uintptr_t previous_;
  std::uint32_t next_;
  std::uint64_t valueCount_ = 0;
  std::uint8_t bits_ = 0;
};

// The second half, in a thread and in memory of its own.
struct SecondHalf {
  WalkState& state;
  std::uint32_t textLimit;
  std::size_t plane;
  std::uint64_t at;  // where its references go in the file
  int file;
  const std::atomic<bool>& dismissed;
  ColumnWriter* columns = nullptr;
};

void writeSecondHalf(void* context, Mappings& mappings) {
  auto* half = static_cast<SecondHalf*>(context);
  auto* edges = new (mappings.map(sizeof(EdgeWriter))) EdgeWriter(mappings, half->state.plans);
  auto* sink = new (mappings.map(sizeof(ByteSink))) ByteSink(mappings, half->file, half->at);
  half->columns = new (mappings.map(sizeof(ColumnWriter)))
      ColumnWriter(half->state, half->textLimit, half->plane, mappings, *edges, *sink);
  while (half->columns->plane() < half->state.map.planeCount()) {
    if (half->dismissed.load(std::memory_order_relaxed)) return;
    half->columns->writePlane();
  }
  sink->flush();
}

// The plane from which on half of the objects are.
std::size_t halfway(const AddressMap& map, std::uint32_t objects) {
  std::size_t plane = 1;
  while (plane < map.planeCount() && map.objectsBefore(plane) < objects / 2) ++plane;
  return plane;
}

constexpr std::uint32_t kWorthTwoThreads = 100'000;  // objects

}  // namespace

void writeColumns(WalkState& state, const WalkOptions& options, SectionWriter& out,
                  SecondWalker& second, WalkReport& report) {
  state.edges.frames().clear();  // those met while the objects were found; they come again
  state.edgeCount = state.map.referencesBefore(state.map.planeCount());
  ByteSink& sink = out.begin(SectionId::Edges);
  const std::uint64_t start = sink.written();
  std::size_t end = state.map.planeCount();
  // Not on the stack: when this thread gives up, the other may still be reading it.
  auto* half = new (state.mappings.map(sizeof(SecondHalf)))
      SecondHalf{state, options.textLimit, 0, 0, out.file(), second.dismissed(), nullptr};
  bool two = false;
  if (options.alone && state.objectCount >= kWorthTwoThreads && SecondWalker::coreIsFree()) {
    half->plane = halfway(state.map, state.objectCount);
    half->at = start + sizeof(std::uint32_t) * state.map.referencesBefore(half->plane);
    two = half->plane < end && second.start(writeSecondHalf, half);
    if (two) end = half->plane;
  }
  ColumnWriter columns(state, options.textLimit, 0, state.mappings, state.edges, sink);
  while (columns.plane() < end) {
    columns.writePlane();
    report.permille.store(
        static_cast<std::uint32_t>(std::uint64_t{columns.written()} * 1000 / state.objectCount),
        std::memory_order_relaxed);
    if (report.cancelled.load(std::memory_order_relaxed)) {
      state.mappings.bailout().now(Failure::Cancelled);
    }
  }
  if (two) {
    if (const Failure failure = second.join(); failure != Failure::None) {
      state.mappings.bailout().now(failure);
    }
    sink.skip(start + sizeof(std::uint32_t) * state.edgeCount - sink.written());
  }
  out.end(state.edgeCount);
  columns.finish(out, two ? half->columns : nullptr);
}

}  // namespace whyalive::agent
