// Writes a whole snapshot from plain tables: for tests, golden files and the worked example of
// docs/snapshot-format.md. The agent has its own writer, which streams columns without an
// allocation.
//
// Writes what it is given, right or wrong, so that tests can make damaged snapshots. Standard
// library only; nothing here is an id type: the numbers are those of the file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "protocol/snapshot/format.h"

namespace whyalive::snapshot {

inline constexpr std::uint32_t kAbsent = 0xFFFFFFFFu;  // becomes 0 where the grammar says "x+1"

struct TypeContents {
  std::uint32_t module = 0, qualname = 0, tpName = 0;  // names
  std::uint32_t object = kAbsent;
  std::uint32_t base = kAbsent;
  std::uint32_t flags = 0;
  std::uint64_t basicSize = 16, itemSize = 0;
  std::vector<std::uint32_t> mro;
};

struct LabelContents {
  LabelKind kind = LabelKind::Native;
  std::uint32_t name = kAbsent;
};

struct ShapeContents {
  std::uint32_t type = 0;
  Tail tail = Tail::None;
  ValueKind value = ValueKind::None;
  std::vector<LabelContents> labels;
};

struct ObjectContents {
  std::uint64_t address = 0;
  std::uint32_t shape = 0;
  std::uint64_t size = 0;
  std::uint64_t refcount = 1;  // 0 = immortal
  std::vector<std::uint32_t> edges;
  std::vector<std::uint8_t> value;  // encoded; see encodeText and the like
  bool tracked = true;
};

struct LocalContents {
  std::uint32_t name = kAbsent;
  std::uint32_t object = 0;
  LabelKind kind = LabelKind::Local;
  bool borrowed = false;
};

struct FrameContents {
  FrameState state = FrameState::Running;
  std::uint32_t frame = kAbsent, owner = kAbsent, code = 0, line = 0, thread = kAbsent, depth = 0;
  std::vector<LocalContents> locals;
};

struct ModuleContents {
  std::uint32_t object = 0, name = 0, file = kAbsent, dict = kAbsent;
};

struct CodeContents {
  std::uint32_t object = 0, file = 0, name = 0, qualname = 0, firstLine = 0, arguments = 0,
                keywordOnly = 0;
};

struct ThreadContents {
  std::uint64_t ident = 0, nativeId = 0;
  std::uint32_t name = kAbsent;
  std::uint64_t flags = 0;
};

struct RootContents {
  RootKind kind = RootKind::Module;
  std::uint32_t name = kAbsent, object = 0;
  bool counted = false;
};

struct NativeSizeContents {
  std::uint32_t object = 0;
  std::uint64_t bytes = 0, buffer = 0;
};

struct Contents {
  std::vector<std::pair<std::string, std::string>> meta;
  std::vector<std::string> names;
  std::vector<TypeContents> types;
  std::vector<ShapeContents> shapes;
  std::vector<ObjectContents> objects;
  std::vector<ModuleContents> modules;
  std::vector<CodeContents> codes;
  std::vector<FrameContents> frames;
  std::vector<ThreadContents> threads;
  std::vector<RootContents> roots;
  std::vector<NativeSizeContents> nativeSizes;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> weakrefs;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pointers;
};

std::vector<std::uint8_t> write(const Contents& contents);

// One entry of the Values section. `wholeLength` is given when `text` is only the beginning.
std::vector<std::uint8_t> encodeText(const std::string& text, std::uint64_t wholeLength = 0);
std::vector<std::uint8_t> encodeInteger(std::int64_t value);
std::vector<std::uint8_t> encodeHugeInteger(std::uint32_t bits);
std::vector<std::uint8_t> encodeFloat(double value);

}  // namespace whyalive::snapshot
