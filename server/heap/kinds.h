// Kinds: guppy's classification "class / dict of class". Every object's kind is its type, but a
// dict that is somebody's namespace is "dict of <owner's type>" and any other "dict (no owner)".
// Names are spelled exactly as guppy prints them. Frozen after construction.
//
// An object's kind follows from its shape: dicts of different owners are given shapes of their own,
// so kinds need no column. Reads the graph's column of shapes, which must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"

namespace whyalive::heap {

enum class KindIndex : std::uint32_t {};
constexpr std::uint32_t raw(KindIndex k) { return static_cast<std::uint32_t>(k); }

class Kinds {
 public:
  // Gives namespaces new shapes in the graph.
  static Kinds classify(HeapGraph& graph, const RunControl& control = {});

  KindIndex of(ObjectIndex o) const { return KindIndex{kindOfShape_[shapes_[raw(o)]]}; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(names_.size()); }
  std::string_view name(KindIndex k) const { return names_[raw(k)]; }
  TypeIndex type(KindIndex k) const { return types_[raw(k)]; }  // of the objects themselves
  // Type of the owner for "dict of …"; kNoType for every other kind.
  TypeIndex ownerType(KindIndex k) const { return ownerTypes_[raw(k)]; }

 private:
  std::span<const std::uint32_t> shapes_;  // by object, of the graph
  std::vector<std::uint32_t> kindOfShape_;
  std::vector<std::string> names_;
  std::vector<TypeIndex> types_, ownerTypes_;
};

}  // namespace whyalive::heap
