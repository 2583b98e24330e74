// StatisticsIndex: the tables behind statistics.h, made once per snapshot in one pass over the
// dominator tree. Frozen after construction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/dominators.h"
#include "server/heap/heap_graph.h"
#include "server/heap/kinds.h"

namespace whyalive::heap {

// What one attribute of one class, or one global, holds.
struct Contained {
  std::uint64_t holders = 0;
  std::uint64_t containers = 0;
  std::uint64_t entries = 0;
  Bytes retained = 0;
  std::unordered_map<std::uint32_t, std::uint64_t> types;       // of the values
  std::unordered_map<std::uint32_t, std::uint64_t> entryTypes;  // of the containers' entries
};

struct Suspension {
  std::uint32_t line = 0;
  std::uint64_t count = 0;
  Bytes retained = 0;
};

struct Capture {
  std::uint64_t count = 0;
  Bytes retained = 0;
  std::vector<std::pair<std::string, Bytes>> variables;  // by position in the closure
};

struct CodeKey {
  std::string file, qualname;
  std::uint32_t firstLine = 0;
  auto operator<=>(const CodeKey&) const = default;
};

class StatisticsIndex {
 public:
  // Cancelled, it is incomplete. The control is asked on both threads.
  StatisticsIndex(const HeapGraph& graph, const Kinds& kinds, const Dominators& dominators,
                  const RunControl& control = {}, const RunBoth& runBoth = {});

  struct Instances {
    std::uint64_t count = 0;
    Bytes size = 0;
    Bytes retained = 0;
  };
  const Instances& ofKind(KindIndex k) const { return kinds_[raw(k)]; }
  const Instances& instances(TypeIndex t) const { return instances_[raw(t)]; }
  // The type itself and those derived from it.
  const std::vector<TypeIndex>& subtypes(TypeIndex t) const { return subtypes_[raw(t)]; }
  const Contained* attribute(TypeIndex t, std::string_view name) const;
  const Contained* global(std::string_view module, std::string_view name) const;
  const std::vector<Suspension>* suspended(const CodeKey& code) const;
  const Capture* captured(const CodeKey& code) const;

 private:
  class Builder;

  using ByName = std::map<std::string, Contained, std::less<>>;
  std::vector<Instances> instances_;  // by type
  std::vector<Instances> kinds_;
  std::vector<std::vector<TypeIndex>> subtypes_;
  std::unordered_map<std::uint32_t, ByName> attributes_;  // by type
  std::map<std::string, ByName, std::less<>> globals_;    // by module
  std::map<CodeKey, std::vector<Suspension>> suspended_;
  std::map<CodeKey, Capture> captured_;
};

}  // namespace whyalive::heap
