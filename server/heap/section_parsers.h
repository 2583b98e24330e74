// Parsers of the single sections, in the order in which they need each other. Each returns false
// and sets `problem` ("section Types: record 3 is out of bounds") when the bytes break the grammar.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "protocol/base/run_control.h"
#include "server/heap/byte_reader.h"
#include "server/heap/snapshot.h"

namespace whyalive::heap {

struct Section {
  std::span<const std::uint8_t> bytes;
  std::uint64_t items = 0;
};
using Sections = std::map<std::uint32_t, Section>;  // by SectionId, unknown ids too

std::string_view sectionName(std::uint32_t id);

struct SectionParser {
  const Sections& sections;
  std::uint64_t objects = 0;
  std::uint64_t edges = 0;
  std::shared_ptr<const void> keepAlive;
  Snapshot& out;
  const RunControl& control;
  std::string problem = {};
  bool cancelled = false;

  bool meta();
  bool names();
  bool types();
  bool shapes();
  bool columns();     // Address, Shape, Size, Refcount, Tracked
  bool references();  // Degree, Edges
  bool values();
  bool modules();
  bool codes();
  bool threads();
  bool frames();
  bool roots();
  bool nativeSizes();
  bool weakrefs();
  bool pointers();

 private:
  // For loops over objects or references: false when it was cancelled.
  bool goesOn(std::uint64_t item) {
    constexpr std::uint64_t kCheckEvery = 1u << 19;
    return item % kCheckEvery != 0 || looksUp();
  }
  bool looksUp();
  // nullptr when absent; with `needed` that is a problem.
  const Section* find(snapshot::SectionId id);
  const Section* need(snapshot::SectionId id, std::uint64_t items, std::uint64_t minBytes);
  bool wrong(snapshot::SectionId id, std::string_view what);
  template <class Record, class Parse>
  bool records(snapshot::SectionId id, std::vector<Record>& into, Parse parse);
  template <class Store>
  bool column(snapshot::SectionId id, Store store);
  template <class Store>
  bool packed(snapshot::SectionId id, PackedColumn& into, Store store);
  // The bytes themselves when they may stay where they are, else a copy; the snapshot owns both.
  const std::uint8_t* keep(std::span<const std::uint8_t> bytes, std::size_t alignment);

  NameIndex name(ByteReader& in) const;
  NameIndex optionalName(ByteReader& in) const;
  ObjectIndex object(ByteReader& in) const;
  ObjectIndex optionalObject(ByteReader& in) const;
  std::uint64_t nameCount() const;
};

}  // namespace whyalive::heap
