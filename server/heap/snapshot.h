// Snapshot: the decoded columns and tables of one snapshot (docs/snapshot-format.md), as the reader
// hands them over and HeapGraph takes them in. Every index in it has been checked to be in range.
//
// Knows nothing of kinds, roots or paths. `edges` and `values` may point into the bytes that were
// read; `keepAlive` owns them. Plain data: move it, do not share it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/snapshot/format.h"
#include "server/heap/column.h"
#include "server/heap/packed_column.h"

namespace whyalive::heap {

using snapshot::FrameState;
using snapshot::LabelKind;
using snapshot::RootKind;
using snapshot::Tail;
using snapshot::TypeFlag;
using snapshot::ValueKind;

struct TypeRecord {
  NameIndex module = kNoName;
  NameIndex qualname = kNoName;
  NameIndex tpName = kNoName;
  ObjectIndex object = kNoObject;
  TypeIndex base = kNoType;
  std::uint32_t flags = 0;  // of TypeFlag
  std::uint64_t basicSize = 0;
  std::uint64_t itemSize = 0;
  std::vector<TypeIndex> mro;

  bool has(TypeFlag flag) const { return (flags & static_cast<std::uint32_t>(flag)) != 0; }
};

struct EdgeLabel {
  LabelKind kind = LabelKind::Native;
  NameIndex name = kNoName;
};

struct ShapeRecord {
  TypeIndex type = kNoType;
  Tail tail = Tail::None;
  ValueKind value = ValueKind::None;
  std::vector<EdgeLabel> labels;
};

struct ModuleRecord {
  ObjectIndex object = kNoObject;
  NameIndex name = kNoName;
  NameIndex file = kNoName;
  ObjectIndex dict = kNoObject;
};

struct CodeRecord {
  ObjectIndex object = kNoObject;
  NameIndex file = kNoName;
  NameIndex name = kNoName;
  NameIndex qualname = kNoName;
  std::uint32_t firstLine = 0;
  std::uint32_t arguments = 0;  // positional ones
  std::uint32_t keywordOnly = 0;
};

struct LocalRecord {
  NameIndex name = kNoName;
  ObjectIndex object = kNoObject;
  LabelKind kind = LabelKind::Local;
  bool borrowed = false;  // not counted: a frame further out holds it too
};

struct FrameRecord {
  FrameState state = FrameState::Running;
  ObjectIndex frame = kNoObject;  // the frame object, if one was made
  ObjectIndex owner = kNoObject;  // generator, coroutine or async generator
  ObjectIndex code = kNoObject;
  std::uint32_t line = 0;
  std::uint32_t thread = kNoIndex;  // index into threads
  std::uint32_t depth = 0;          // 0 = innermost
  std::vector<LocalRecord> locals;
};

struct ThreadRecord {
  std::uint64_t ident = 0;
  std::uint64_t nativeId = 0;
  NameIndex name = kNoName;
  std::uint64_t flags = 0;
};

struct RootRecord {
  RootKind kind = RootKind::Module;
  NameIndex name = kNoName;
  ObjectIndex object = kNoObject;
  bool counted = false;
};

struct NativeSizeRecord {
  ObjectIndex object = kNoObject;
  Bytes bytes = 0;
  std::uint64_t buffer = 0;  // objects with the same number share the buffer; 0 = its own
};

struct WeakrefRecord {
  ObjectIndex weakref = kNoObject;
  ObjectIndex referent = kNoObject;
};

// A word in the body of a C object that is another object's address, without a reference for it.
struct PointerRecord {
  ObjectIndex from = kNoObject;
  ObjectIndex to = kNoObject;
};

struct Snapshot {
  std::vector<std::pair<std::string, std::string>> meta;

  // Names: all bytes in one string, name i = [nameStart[i], nameStart[i + 1]).
  std::string nameBytes;
  std::vector<std::uint32_t> nameStart;

  std::vector<TypeRecord> types;
  std::vector<ShapeRecord> shapes;
  std::vector<ModuleRecord> modules;
  std::vector<CodeRecord> codes;
  std::vector<FrameRecord> frames;
  std::vector<ThreadRecord> threads;
  std::vector<RootRecord> roots;
  std::vector<NativeSizeRecord> nativeSizes;
  std::vector<WeakrefRecord> weakrefs;
  std::vector<PointerRecord> pointers;

  // One value per object.
  AddressColumn address;
  Column<std::uint32_t> shape;
  Column<std::uint16_t> size;                               // kLargeSize = look in largeSizes
  std::vector<std::pair<std::uint32_t, Bytes>> largeSizes;  // by object
  PackedColumn refcount;                                    // 0 = immortal
  Column<std::uint32_t> edgeStart;                          // objectCount + 1 of them

  // As they are in the bytes that were read.
  std::span<const std::uint8_t> tracked;               // bitmap
  std::span<const std::uint32_t> edges;                // ObjectIndex or snapshot::kNullEdge
  std::span<const std::uint8_t> values;                // Values section as stored
  Column<std::uint64_t> valueStart;                    // of every kValueStride-th object
  std::vector<std::shared_ptr<const void>> keepAlive;  // own what these and packed columns point at

  static constexpr std::uint16_t kLargeSize = 0xFFFF;
  static constexpr std::uint32_t kValueStride = 32;

  std::uint32_t objectCount() const { return static_cast<std::uint32_t>(shape.size()); }
  std::string_view name(NameIndex i) const {
    if (i == kNoName) return {};
    return std::string_view(nameBytes).substr(nameStart[raw(i)],
                                              nameStart[raw(i) + 1] - nameStart[raw(i)]);
  }
};

}  // namespace whyalive::heap
