#include "protocol/snapshot/writer.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "protocol/snapshot/checksum.h"
#include "protocol/snapshot/varint.h"

namespace whyalive::snapshot {
namespace {

class Buffer {
 public:
  void varint(std::uint64_t value) {
    std::uint8_t bytes[kMaxVarintBytes];
    append(bytes, static_cast<std::size_t>(putVarint(bytes, value) - bytes));
  }
  void optional(std::uint32_t value) { varint(value == kAbsent ? 0 : std::uint64_t{value} + 1); }
  void text(const std::string& value) {
    varint(value.size());
    append(value.data(), value.size());
  }
  void record(const Buffer& fields) {
    varint(fields.bytes_.size());
    append(fields.bytes_.data(), fields.bytes_.size());
  }
  void append(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  void padTo(std::size_t alignment) {
    while (bytes_.size() % alignment != 0) bytes_.push_back(0);
  }
  std::vector<std::uint8_t>& bytes() { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Sections one after the other behind the header, each at a multiple of eight; the table is last.
class File {
 public:
  File() { file_.bytes().resize(sizeof(Header)); }

  // Optional sections with nothing in them are left out.
  void addOptional(SectionId id, Buffer& section, std::uint64_t items) {
    if (items != 0) add(id, section, items);
  }

  void add(SectionId id, Buffer& section, std::uint64_t items) {
    file_.padTo(8);
    SectionEntry entry{};
    entry.id = static_cast<std::uint32_t>(id);
    entry.compression = static_cast<std::uint32_t>(Compression::None);
    entry.offset = file_.bytes().size();
    entry.storedBytes = entry.rawBytes = section.bytes().size();
    entry.itemCount = items;
    entry.checksum = fnv1a(section.bytes());
    entries_.push_back(entry);
    file_.append(section.bytes().data(), section.bytes().size());
  }

  std::vector<std::uint8_t> finish(std::uint64_t objects, std::uint64_t edges) {
    file_.padTo(8);
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kFormatVersion;
    header.byteOrderMark = kByteOrderMark;
    header.sectionCount = static_cast<std::uint32_t>(entries_.size());
    header.objectCount = objects;
    header.edgeCount = edges;
    header.sectionTableOffset = file_.bytes().size();
    file_.append(entries_.data(), entries_.size() * sizeof(SectionEntry));
    header.totalBytes = file_.bytes().size();
    std::memcpy(file_.bytes().data(), &header, sizeof header);
    return std::move(file_.bytes());
  }

 private:
  Buffer file_;
  std::vector<SectionEntry> entries_;
};

template <class Item, class Fields>
void addRecords(File& file, SectionId id, const std::vector<Item>& items, Fields fields) {
  Buffer section;
  for (const Item& item : items) {
    Buffer record;
    fields(record, item);
    section.record(record);
  }
  file.addOptional(id, section, items.size());
}

template <class Column>
void addColumn(File& file, SectionId id, const Contents& contents, Column column) {
  Buffer section;
  for (const ObjectContents& object : contents.objects) column(section, object);
  file.add(id, section, contents.objects.size());
}

void addTables(File& file, const Contents& c) {
  Buffer meta;
  for (const auto& [key, value] : c.meta) {
    meta.text(key);
    meta.text(value);
  }
  file.addOptional(SectionId::Meta, meta, c.meta.size());
  Buffer names;
  for (const std::string& name : c.names) names.text(name);
  file.add(SectionId::Names, names, c.names.size());
  addRecords(file, SectionId::Types, c.types, [](Buffer& b, const TypeContents& t) {
    b.varint(t.module);
    b.varint(t.qualname);
    b.varint(t.tpName);
    b.optional(t.object);
    b.optional(t.base);
    b.varint(t.flags);
    b.varint(t.basicSize);
    b.varint(t.itemSize);
    b.varint(t.mro.size());
    for (const std::uint32_t type : t.mro) b.varint(type);
  });
  addRecords(file, SectionId::Shapes, c.shapes, [](Buffer& b, const ShapeContents& s) {
    b.varint(s.type);
    b.varint(static_cast<std::uint32_t>(s.tail));
    b.varint(static_cast<std::uint32_t>(s.value));
    b.varint(s.labels.size());
    for (const LabelContents& label : s.labels) {
      b.varint(static_cast<std::uint32_t>(label.kind));
      b.optional(label.name);
    }
  });
}

void addColumns(File& file, const Contents& c) {
  std::uint64_t previous = 0;
  addColumn(file, SectionId::Address, c, [&](Buffer& b, const ObjectContents& o) {
    b.varint(zigzag(static_cast<std::int64_t>(o.address - previous) / 8));
    previous = o.address;
  });
  addColumn(file, SectionId::Shape, c,
            [](Buffer& b, const ObjectContents& o) { b.varint(o.shape); });
  addColumn(file, SectionId::Size, c, [](Buffer& b, const ObjectContents& o) { b.varint(o.size); });
  addColumn(file, SectionId::Refcount, c,
            [](Buffer& b, const ObjectContents& o) { b.varint(o.refcount); });
  addColumn(file, SectionId::Degree, c,
            [](Buffer& b, const ObjectContents& o) { b.varint(o.edges.size()); });
  Buffer edges;
  Buffer values;
  std::uint64_t edgeCount = 0;
  std::uint64_t valueCount = 0;
  Buffer tracked;
  tracked.bytes().resize((c.objects.size() + 7) / 8);
  for (std::size_t i = 0; i < c.objects.size(); ++i) {
    const ObjectContents& o = c.objects[i];
    edges.append(o.edges.data(), o.edges.size() * sizeof(std::uint32_t));
    edgeCount += o.edges.size();
    values.append(o.value.data(), o.value.size());
    valueCount += o.value.empty() ? 0 : 1;
    if (o.tracked) tracked.bytes()[i / 8] |= static_cast<std::uint8_t>(1u << (i % 8));
  }
  file.add(SectionId::Edges, edges, edgeCount);
  file.add(SectionId::Values, values, valueCount);
  file.add(SectionId::Tracked, tracked, c.objects.size());
}

void addFrames(File& file, const Contents& c) {
  addRecords(file, SectionId::Modules, c.modules, [](Buffer& b, const ModuleContents& m) {
    b.varint(m.object);
    b.varint(m.name);
    b.optional(m.file);
    b.optional(m.dict);
  });
  addRecords(file, SectionId::Codes, c.codes, [](Buffer& b, const CodeContents& code) {
    for (const std::uint32_t field : {code.object, code.file, code.name, code.qualname,
                                      code.firstLine, code.arguments, code.keywordOnly}) {
      b.varint(field);
    }
  });
  addRecords(file, SectionId::Frames, c.frames, [](Buffer& b, const FrameContents& f) {
    b.varint(static_cast<std::uint32_t>(f.state));
    b.optional(f.frame);
    b.optional(f.owner);
    b.varint(f.code);
    b.varint(f.line);
    b.optional(f.thread);
    b.varint(f.depth);
    b.varint(f.locals.size());
    for (const LocalContents& local : f.locals) {
      b.optional(local.name);
      b.varint(local.object);
      b.varint(static_cast<std::uint32_t>(local.kind));
    }
    b.varint(static_cast<std::uint64_t>(std::ranges::count_if(f.locals, &LocalContents::borrowed)));
    for (std::size_t i = 0; i < f.locals.size(); ++i) {
      if (f.locals[i].borrowed) b.varint(i);
    }
  });
  addRecords(file, SectionId::Threads, c.threads, [](Buffer& b, const ThreadContents& t) {
    b.varint(t.ident);
    b.varint(t.nativeId);
    b.optional(t.name);
    b.varint(t.flags);
  });
}

}  // namespace

std::vector<std::uint8_t> write(const Contents& contents) {
  File file;
  addTables(file, contents);
  addColumns(file, contents);
  addFrames(file, contents);
  addRecords(file, SectionId::Roots, contents.roots, [](Buffer& b, const RootContents& r) {
    b.varint(static_cast<std::uint32_t>(r.kind));
    b.optional(r.name);
    b.varint(r.object);
    b.varint(r.counted ? 1 : 0);
  });
  addRecords(file, SectionId::NativeSizes, contents.nativeSizes,
             [](Buffer& b, const NativeSizeContents& n) {
               b.varint(n.object);
               b.varint(n.bytes);
               b.varint(n.buffer);
             });
  addRecords(file, SectionId::Weakrefs, contents.weakrefs,
             [](Buffer& b, const std::pair<std::uint32_t, std::uint32_t>& w) {
               b.varint(w.first);
               b.varint(w.second);
             });
  addRecords(file, SectionId::Pointers, contents.pointers,
             [](Buffer& b, const std::pair<std::uint32_t, std::uint32_t>& p) {
               b.varint(p.first);
               b.varint(p.second);
             });
  std::uint64_t edges = 0;
  for (const ObjectContents& object : contents.objects) edges += object.edges.size();
  return file.finish(contents.objects.size(), edges);
}

std::vector<std::uint8_t> encodeText(const std::string& text, std::uint64_t wholeLength) {
  Buffer b;
  b.varint(std::uint64_t{text.size()} << 1 | (wholeLength != 0 ? 1 : 0));
  if (wholeLength != 0) b.varint(wholeLength);
  b.append(text.data(), text.size());
  return std::move(b.bytes());
}

std::vector<std::uint8_t> encodeInteger(std::int64_t value) {
  Buffer b;
  b.varint(zigzag(value) << 1);
  return std::move(b.bytes());
}

std::vector<std::uint8_t> encodeHugeInteger(std::uint32_t bits) {
  Buffer b;
  b.varint(std::uint64_t{bits} << 1 | 1);
  return std::move(b.bytes());
}

std::vector<std::uint8_t> encodeFloat(double value) {
  Buffer b;
  b.append(&value, sizeof value);
  return std::move(b.bytes());
}

}  // namespace whyalive::snapshot
