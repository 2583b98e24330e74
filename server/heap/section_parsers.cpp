#include "server/heap/section_parsers.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "protocol/snapshot/varint.h"
#include "server/heap/utf8.h"

namespace whyalive::heap {

using snapshot::SectionId;

static_assert(std::endian::native == std::endian::little, "snapshots are little-endian");

std::string_view sectionName(std::uint32_t id) {
  constexpr std::string_view kNames[] = {
      "",      "Meta",     "Names",   "Types", "Shapes",      "Address",  "Shape",
      "Size",  "Refcount", "Degree",  "Edges", "Values",      "Tracked",  "Modules",
      "Codes", "Frames",   "Threads", "Roots", "NativeSizes", "Weakrefs", "Pointers"};
  return id > 0 && id < std::size(kNames) ? kNames[id] : "of unknown kind";
}

const Section* SectionParser::find(SectionId id) {
  const auto it = sections.find(static_cast<std::uint32_t>(id));
  return it == sections.end() ? nullptr : &it->second;
}

bool SectionParser::wrong(SectionId id, std::string_view what) {
  problem = "section " + std::string(sectionName(static_cast<std::uint32_t>(id))) + ": ";
  problem += what;
  return false;
}

// A section that must be there with so many items. `minBytes` keeps a made-up count from asking for
// more memory than the file could fill.
const Section* SectionParser::need(SectionId id, std::uint64_t items, std::uint64_t minBytes) {
  const Section* section = find(id);
  if (section == nullptr) {
    wrong(id, "it is missing");
  } else if (section->items != items) {
    wrong(id, "it has " + std::to_string(section->items) + " items and should have " +
                  std::to_string(items));
    section = nullptr;
  } else if (section->bytes.size() < minBytes) {
    wrong(id, "it is too short");
    section = nullptr;
  }
  return section;
}

// Each record is a length and that many bytes; fields added by later versions are skipped.
template <class Record, class Parse>
bool SectionParser::records(SectionId id, std::vector<Record>& into, Parse parse) {
  const Section* section = find(id);
  if (section == nullptr) return true;
  if (section->items > section->bytes.size()) return wrong(id, "it has more records than bytes");
  ByteReader in(section->bytes);
  into.reserve(std::min<std::uint64_t>(section->items, 1 << 16));
  for (std::uint64_t i = 0; i < section->items; ++i) {
    ByteReader fields(in.take(in.varint()));
    if (in.ok()) into.push_back(parse(fields));
    if (!in.ok() || !fields.ok()) {
      return wrong(id, "record " + std::to_string(i) + " is not as it should be");
    }
  }
  return in.done() || wrong(id, "bytes are left over");
}

template <class Store>
bool SectionParser::column(SectionId id, Store store) {
  const Section* section = need(id, objects, objects);
  if (section == nullptr) return false;
  ByteReader in(section->bytes);
  for (std::uint64_t i = 0; i < objects; ++i) {
    if (!goesOn(i)) return false;
    store(static_cast<std::uint32_t>(i), in);
  }
  if (!in.ok()) return wrong(id, "a value is out of range or cut off");
  return in.done() || wrong(id, "bytes are left over");
}

// A column that stays as it is.
template <class Store>
bool SectionParser::packed(SectionId id, PackedColumn& into, Store store) {
  const Section* section = need(id, objects, objects);
  if (section == nullptr) return false;
  into.begin(section->bytes.data(), static_cast<std::uint32_t>(objects));
  if (!column(id, store)) return false;
  into.moveTo(keep(section->bytes, 1));
  return true;
}

bool SectionParser::looksUp() {
  cancelled = cancelled || !control.keepGoing("reading columns", 0);
  return !cancelled;
}

std::uint64_t SectionParser::nameCount() const { return out.nameStart.size() - 1; }
NameIndex SectionParser::name(ByteReader& in) const { return NameIndex{in.below(nameCount())}; }
NameIndex SectionParser::optionalName(ByteReader& in) const {
  return NameIndex{in.optionalBelow(nameCount())};
}
ObjectIndex SectionParser::object(ByteReader& in) const { return ObjectIndex{in.below(objects)}; }
ObjectIndex SectionParser::optionalObject(ByteReader& in) const {
  return ObjectIndex{in.optionalBelow(objects)};
}

bool SectionParser::meta() {
  const Section* section = find(SectionId::Meta);
  if (section == nullptr) return true;
  ByteReader in(section->bytes);
  for (std::uint64_t i = 0; i < section->items && in.ok(); ++i) {
    std::string key = validUtf8(in.text());
    std::string value = validUtf8(in.text());
    if (in.ok()) out.meta.emplace_back(std::move(key), std::move(value));
  }
  return (in.ok() && in.done()) || wrong(SectionId::Meta, "a text is cut off or left over");
}

bool SectionParser::names() {
  out.nameStart.push_back(0);
  const Section* section = find(SectionId::Names);
  if (section == nullptr) return true;
  ByteReader in(section->bytes);
  for (std::uint64_t i = 0; i < section->items && in.ok(); ++i) {
    out.nameBytes += validUtf8(in.text());
    if (out.nameBytes.size() >= kNoIndex) return wrong(SectionId::Names, "it is too large");
    out.nameStart.push_back(static_cast<std::uint32_t>(out.nameBytes.size()));
  }
  return (in.ok() && in.done()) || wrong(SectionId::Names, "a name is cut off or left over");
}

bool SectionParser::types() {
  const Section* section = find(SectionId::Types);
  const std::uint64_t count = section == nullptr ? 0 : section->items;
  return records(SectionId::Types, out.types, [&](ByteReader& in) {
    TypeRecord t;
    t.module = name(in);
    t.qualname = name(in);
    t.tpName = name(in);
    t.object = optionalObject(in);
    t.base = TypeIndex{in.optionalBelow(count)};
    t.flags = in.u32();
    t.basicSize = in.varint();
    t.itemSize = in.varint();
    const std::uint32_t length = in.below(in.left() + 1);
    for (std::uint32_t i = 0; i < length; ++i) t.mro.push_back(TypeIndex{in.below(count)});
    return t;
  });
}

bool SectionParser::shapes() {
  return records(SectionId::Shapes, out.shapes, [&](ByteReader& in) {
    ShapeRecord s;
    s.type = TypeIndex{in.below(out.types.size())};
    s.tail = Tail{in.below(7)};
    s.value = ValueKind{in.below(5)};
    const std::uint32_t length = in.below(in.left() + 1);
    for (std::uint32_t i = 0; i < length; ++i) {
      const LabelKind kind{in.u32()};  // an unknown kind is as good as Native
      s.labels.push_back({kind, optionalName(in)});
    }
    return s;
  });
}

bool SectionParser::columns() {
  // Checked before anything is allocated: each column holds at least a byte per object.
  for (const SectionId id : {SectionId::Address, SectionId::Shape, SectionId::Size,
                             SectionId::Refcount, SectionId::Degree}) {
    if (need(id, objects, objects) == nullptr) return false;
  }
  std::uint64_t address = 0;
  if (!packed(SectionId::Address, out.address, [&](std::uint32_t i, ByteReader& in) {
        out.address.mark(i, in.at(), address);
        address = AddressColumn::plus(address, in.varint());
      })) {
    return false;
  }
  out.shape.resize(objects);
  if (!column(SectionId::Shape, [&](std::uint32_t i, ByteReader& in) {
        out.shape[i] = in.below(out.shapes.size());
      })) {
    return false;
  }
  out.size.resize(objects);
  if (!column(SectionId::Size, [&](std::uint32_t i, ByteReader& in) {
        const Bytes size = in.varint();
        out.size[i] = static_cast<std::uint16_t>(std::min<Bytes>(size, Snapshot::kLargeSize));
        if (size >= Snapshot::kLargeSize) {
          out.largeSizes.emplace_back(i, std::min(size, Bytes{1} << 48));
        }
      })) {
    return false;
  }
  if (!packed(SectionId::Refcount, out.refcount, [&](std::uint32_t i, ByteReader& in) {
        out.refcount.mark(i, in.at());
        in.varint();
      })) {
    return false;
  }
  const std::uint64_t bitmapBytes = (objects + 7) / 8;
  const Section* tracked = need(SectionId::Tracked, objects, bitmapBytes);
  if (tracked == nullptr) return false;
  out.tracked = {keep(tracked->bytes.first(bitmapBytes), 1), bitmapBytes};
  return true;
}

bool SectionParser::references() {
  const Section* section = need(SectionId::Edges, edges, edges * sizeof(std::uint32_t));
  if (section == nullptr) return false;
  out.edgeStart.resize(objects + 1);
  std::uint64_t total = 0;
  bool fits = true;
  const bool read = column(SectionId::Degree, [&](std::uint32_t i, ByteReader& in) {
    out.edgeStart[i] = static_cast<std::uint32_t>(total);
    const std::uint32_t degree = in.below(edges - total + 1);
    const ShapeRecord& shape = out.shapes[out.shape[i]];
    const std::uint64_t labels = shape.labels.size();
    const bool pairs = shape.tail == Tail::Pairs || shape.tail == Tail::SplitPairs;
    fits = fits && degree >= labels && (shape.tail != Tail::None || degree == labels) &&
           (!pairs || (degree - labels) % 2 == 0);
    total += degree;
  });
  if (!read) return false;
  if (!fits) return wrong(SectionId::Degree, "an object has other references than its shape says");
  if (total != edges) return wrong(SectionId::Degree, "it does not add up to the references");
  out.edgeStart[objects] = static_cast<std::uint32_t>(total);

  out.edges = {reinterpret_cast<const std::uint32_t*>(keep(
                   section->bytes.first(edges * sizeof(std::uint32_t)), alignof(std::uint32_t))),
               edges};
  for (std::uint64_t e = 0; e < edges; ++e) {
    if (!goesOn(e)) return false;
    const std::uint32_t target = out.edges[e];
    if (target >= objects && target != snapshot::kNullEdge) {
      return wrong(SectionId::Edges, "a reference leads to no object");
    }
  }
  return true;
}

const std::uint8_t* SectionParser::keep(std::span<const std::uint8_t> bytes,
                                        std::size_t alignment) {
  if (keepAlive && reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment == 0) {
    out.keepAlive.push_back(keepAlive);
    return bytes.data();
  }
  const auto copy = std::make_shared<std::vector<std::uint64_t>>(bytes.size() / 8 + 1);
  if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
  out.keepAlive.push_back(copy);
  return reinterpret_cast<const std::uint8_t*>(copy->data());
}

// Values are found again through the offset of every kValueStride-th object.
bool SectionParser::values() {
  const Section* section = find(SectionId::Values);
  if (section == nullptr) {
    if (objects == 0) return true;
    return wrong(SectionId::Values, "it is missing");
  }
  ByteReader in(section->bytes);
  const std::uint8_t* first = in.at();
  out.valueStart.reserve(objects / Snapshot::kValueStride + 1);
  for (std::uint64_t i = 0; i < objects && in.ok(); ++i) {
    if (!goesOn(i)) return false;
    if (i % Snapshot::kValueStride == 0) {
      out.valueStart.push_back(static_cast<std::uint64_t>(in.at() - first));
    }
    switch (out.shapes[out.shape[i]].value) {
      case ValueKind::None: break;
      case ValueKind::Integer: in.varint(); break;
      case ValueKind::Float: in.take(sizeof(double)); break;
      case ValueKind::Text:
      case ValueKind::Blob: {
        const std::uint64_t head = in.varint();
        if ((head & 1) != 0) in.varint();
        in.take(head >> 1);
        break;
      }
    }
  }
  if (!in.ok()) return wrong(SectionId::Values, "a value is cut off");
  if (!in.done()) return wrong(SectionId::Values, "bytes are left over");
  out.values = {keep(section->bytes, 1), section->bytes.size()};
  return true;
}

bool SectionParser::modules() {
  return records(SectionId::Modules, out.modules, [&](ByteReader& in) {
    ModuleRecord m;
    m.object = object(in);
    m.name = name(in);
    m.file = optionalName(in);
    m.dict = optionalObject(in);
    return m;
  });
}

bool SectionParser::codes() {
  return records(SectionId::Codes, out.codes, [&](ByteReader& in) {
    CodeRecord c;
    c.object = object(in);
    c.file = name(in);
    c.name = name(in);
    c.qualname = name(in);
    c.firstLine = in.u32();
    if (!in.done()) c.arguments = in.u32();
    if (!in.done()) c.keywordOnly = in.u32();
    return c;
  });
}

bool SectionParser::threads() {
  return records(SectionId::Threads, out.threads, [&](ByteReader& in) {
    ThreadRecord t;
    t.ident = in.varint();
    t.nativeId = in.varint();
    t.name = optionalName(in);
    t.flags = in.varint();
    return t;
  });
}

bool SectionParser::frames() {
  return records(SectionId::Frames, out.frames, [&](ByteReader& in) {
    FrameRecord f;
    f.state = FrameState{in.below(4)};
    f.frame = optionalObject(in);
    f.owner = optionalObject(in);
    f.code = object(in);
    f.line = in.u32();
    f.thread = in.optionalBelow(out.threads.size());
    f.depth = in.u32();
    const std::uint32_t count = in.below(in.left() + 1);
    for (std::uint32_t i = 0; i < count; ++i) {
      LocalRecord local;
      local.name = optionalName(in);
      local.object = object(in);
      local.kind = LabelKind{in.u32()};
      f.locals.push_back(local);
    }
    const std::uint32_t borrowed = in.left() > 0 ? in.below(count + 1) : 0;
    for (std::uint32_t i = 0; i < borrowed; ++i) f.locals[in.below(count)].borrowed = true;
    return f;
  });
}

bool SectionParser::roots() {
  return records(SectionId::Roots, out.roots, [&](ByteReader& in) {
    RootRecord r;
    r.kind = RootKind{in.u32()};
    r.name = optionalName(in);
    r.object = object(in);
    r.counted = in.below(2) == 1;
    return r;
  });
}

bool SectionParser::nativeSizes() {
  return records(SectionId::NativeSizes, out.nativeSizes, [&](ByteReader& in) {
    NativeSizeRecord n;
    n.object = object(in);
    n.bytes = std::min(in.varint(), Bytes{1} << 48);
    n.buffer = in.varint();
    return n;
  });
}

bool SectionParser::weakrefs() {
  return records(SectionId::Weakrefs, out.weakrefs, [&](ByteReader& in) {
    WeakrefRecord w;
    w.weakref = object(in);
    w.referent = object(in);
    return w;
  });
}

bool SectionParser::pointers() {
  return records(SectionId::Pointers, out.pointers, [&](ByteReader& in) {
    PointerRecord p;
    p.from = object(in);
    p.to = object(in);
    return p;
  });
}

}  // namespace whyalive::heap
