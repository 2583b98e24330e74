// R5, bounded: a container that is as full as a limit beside it says it may be is doing its work,
// not leaking. The limit is an integer named like one (LIMIT, max_size, capacity …) in the owner,
// its classes or the module of its class, or the maxsize of an lru_cache.
#include <algorithm>
#include <cctype>
#include <string>

#include "server/heap/amounts.h"
#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

bool soundsLikeLimit(std::string_view name) {
  constexpr std::string_view kWords[] = {"limit", "max",   "size",    "capacity", "bound",
                                         "keep",  "depth", "history", "cap"};
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

class Limit {
 public:
  Limit(const HeapGraph& graph, std::uint64_t entries) : graph_(graph), entries_(entries) {}

  bool found() const { return value_ != 0; }
  std::int64_t value() const { return value_; }

  void look(std::string_view name, ObjectIndex o) {
    if (o == kNoObject || !soundsLikeLimit(name)) return;
    const std::optional<IntegerValue> i = graph_.integer(o);
    if (!i || i->bits != 0 || i->value <= 0) return;
    // Evicting before or after the store leaves one less or one more.
    const auto n = static_cast<std::int64_t>(entries_);
    if (n >= i->value - 1 && n <= i->value + 1) value_ = i->value;
  }

  void lookIn(ObjectIndex dict) {
    if (dict == kNoObject) return;
    graph_.forEachItem(dict, [&](ObjectIndex key, ObjectIndex value) {
      if (const auto name = graph_.text(key)) look(name->bytes, value);
      return !found();
    });
  }

  void lookAt(ObjectIndex owner) {
    graph_.forEachReference(owner, [&](const Label& label, ObjectIndex target) {
      if (label.kind == LabelKind::Attribute || label.kind == LabelKind::Slot) {
        look(label.name, target);
      }
      return !found();
    });
    lookIn(graph_.attributesDict(owner));
    for (const TypeIndex t : graph_.mro(graph_.type(owner))) {
      const TypeRecord& type = graph_.typeInfo(t);
      if (type.object == kNoObject || !type.has(TypeFlag::PythonClass)) continue;
      lookIn(graph_.attributesDict(type.object));
      for (const ModuleRecord& module : graph_.snapshot().modules) {
        if (graph_.name(module.name) == graph_.name(type.module)) lookIn(module.dict);
      }
    }
  }

 private:
  const HeapGraph& graph_;
  std::uint64_t entries_;
  std::int64_t value_ = 0;
};

// lru_cache keeps its size in a C field, but also in the closure of its cache_parameters.
void lookAtMemo(const HeapGraph& graph, ObjectIndex wrapper, Limit& limit) {
  const ObjectIndex function = graph.attribute(wrapper, "cache_parameters");
  if (function == kNoObject) return;
  graph.forEachReference(function, [&](const Label& label, ObjectIndex closure) {
    if (label.kind != LabelKind::Closure) return;
    for (const std::uint32_t cell : graph.rawEdges(closure)) {
      if (cell == snapshot::kNullEdge) continue;
      for (const std::uint32_t value : graph.rawEdges(ObjectIndex{cell})) {
        if (value != snapshot::kNullEdge) limit.look("maxsize", ObjectIndex{value});
      }
    }
  });
}

}  // namespace

Verdict judgeBounded(const Ground& ground, const Candidate& candidate, std::string& note) {
  const HeapGraph& graph = ground.graph();
  const Paths& paths = ground.analysis().paths();
  const std::uint32_t entries = graph.entryCount(candidate.holder);
  if (entries < threshold::kDominatedEntries || !paths.reached(candidate.holder)) {
    return Verdict::Undecided;
  }
  Limit limit(graph, entries);
  limit.lookAt(candidate.holder);
  ObjectIndex owner = candidate.holder;
  // The owner, or the owner of the namespace that names it; two levels, for a part of a C
  // container.
  for (int level = 0; level < 3 && !limit.found() && !paths.isStart(owner); ++level) {
    owner = paths.parent(owner);
    if (graph.typeName(owner) == "functools._lru_cache_wrapper") lookAtMemo(graph, owner, limit);
    if (const ModuleRecord* module = graph.module(owner)) limit.lookIn(module->dict);
    if (!ground.isProgram(owner)) limit.lookAt(owner);
    if (ground.isUserType(graph.type(owner))) break;
  }
  if (!limit.found()) return Verdict::Undecided;
  note = "bounded: full at its limit of " + formatCount(static_cast<std::uint64_t>(limit.value()));
  return Verdict::NoSuspect;
}

}  // namespace whyalive::heap
