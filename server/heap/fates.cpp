#include "server/heap/fates.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 16;
constexpr std::string_view kStep = "comparing objects";
constexpr std::size_t kLooked = 64;  // references of an object that are compared
constexpr int kDeep = 4;             // references to what an object owns

// The objects of a graph in the order of their addresses.
class ByAddress {
 public:
  // Cancelled, it is incomplete. Addresses rise in a few long stretches, which are merged.
  ByAddress(const HeapGraph& graph, const RunControl& control)
      : address_(graph.objectCount()), order_(graph.objectCount()) {
    std::uint64_t last = 0;
    bool stopped = false;
    graph.snapshot().address.forEach([&](std::uint32_t o, std::uint64_t stored) {
      if (o % kCheckEvery == 0) stopped = stopped || !control.keepGoing(kStep, 0);
      if (stopped) return;
      const std::uint64_t address = AddressColumn::plus(last, stored);
      if (o == 0 || address < last) starts_.push_back({address, o});
      last = address_[o] = address;
    });
    if (!stopped) merge(control);
  }

  bool complete() const { return found_ == order_.size(); }
  std::uint32_t object(std::size_t i) const { return order_[i]; }
  std::uint64_t address(std::size_t i) const { return address_[order_[i]]; }
  std::size_t size() const { return order_.size(); }

 private:
  using Head = std::pair<std::uint64_t, std::uint32_t>;  // address, object

  void merge(const RunControl& control) {
    std::vector<std::uint32_t> ends;  // by object that begins a stretch, rising
    for (const Head& start : starts_) ends.push_back(start.second);
    ends.push_back(static_cast<std::uint32_t>(order_.size()));
    std::ranges::make_heap(starts_, std::greater{});
    while (!starts_.empty()) {
      std::ranges::pop_heap(starts_, std::greater{});
      auto [address, o] = starts_.back();
      starts_.pop_back();
      const std::uint32_t end = *std::ranges::upper_bound(ends, o);
      const std::uint64_t limit = starts_.empty() ? UINT64_MAX : starts_.front().first;
      for (; o < end && address_[o] <= limit; ++o) {
        if (found_ % kCheckEvery == 0 && !control.keepGoing(kStep, 0)) return;
        order_[found_++] = o;
      }
      if (o == end) continue;
      starts_.emplace_back(address_[o], o);
      std::ranges::push_heap(starts_, std::greater{});
    }
  }

  Column<std::uint64_t> address_;  // by object
  Column<std::uint32_t> order_;
  std::vector<Head> starts_;  // of the stretches that are not merged yet
  std::size_t found_ = 0;
};

// Objects that refer to the same ones for as long as they live.
constexpr std::string_view kConstants[] = {
    "builtin_function_or_method",
    "classmethod_descriptor",
    "code",
    "frozenset",
    "getset_descriptor",
    "mappingproxy",
    "member_descriptor",
    "method",
    "method-wrapper",
    "method_descriptor",
    "range",
    "slice",
    "tuple",
    "wrapper_descriptor",
};
bool isConstant(std::string_view type) { return std::ranges::binary_search(kConstants, type); }

class Comparison {
 public:
  Comparison(const HeapGraph& before, const HeapGraph& now, const RunControl& control)
      : before_(before), now_(now), control_(control), twin_(now.objectCount(), kNoIndex) {}

  Result<Fates> run() {
    matchTypes();
    pair();
    if (cancelled_) return fail(ErrorCode::Cancelled, "comparing snapshots was cancelled");
    Fates fates;
    fates.now.assign(now_.objectCount(), Fate::Added);
    fates.gone.assign(before_.objectCount(), true);
    for (std::uint32_t o = 0; o < twin_.size(); ++o) {
      if (o % kCheckEvery == 0 && !keepGoing(0.5 + 0.5 * o / static_cast<double>(twin_.size()))) {
        return fail(ErrorCode::Cancelled, "comparing snapshots was cancelled");
      }
      if (twin_[o] == kNoIndex || replaced(o)) continue;
      fates.gone[twin_[o]] = false;
      fates.now[o] = isTheSame(o) ? Fate::Survived : Fate::Uncertain;
    }
    return fates;
  }

 private:
  bool keepGoing(double fraction) const { return control_.keepGoing(kStep, fraction); }

  // A type of now → that of before with the same name at the same address.
  void matchTypes() {
    std::unordered_map<std::uint64_t, TypeIndex> at;
    for (std::uint32_t t = 0; t < before_.typeCount(); ++t) {
      const ObjectIndex object = before_.typeInfo(TypeIndex{t}).object;
      if (object != kNoObject) at.emplace(before_.address(object), TypeIndex{t});
    }
    sameType_.assign(now_.typeCount(), kNoType);
    for (std::uint32_t t = 0; t < now_.typeCount(); ++t) {
      const ObjectIndex object = now_.typeInfo(TypeIndex{t}).object;
      const auto it = object == kNoObject ? at.end() : at.find(now_.address(object));
      if (it == at.end()) {
        const auto named = before_.typesNamed(now_.typeName(TypeIndex{t}));
        if (object == kNoObject && named.size() == 1) sameType_[t] = named.front();
      } else if (before_.typeName(it->second) == now_.typeName(TypeIndex{t})) {
        sameType_[t] = it->second;
      }
    }
  }

  // The object of before with the same address, type and value.
  void pair() {
    const ByAddress old(before_, control_);
    const ByAddress all(now_, control_);
    cancelled_ = !old.complete() || !all.complete();
    std::size_t i = 0;
    for (std::size_t j = 0; j < all.size() && !cancelled_; ++j) {
      const ObjectIndex o{all.object(j)};
      while (i < old.size() && old.address(i) < all.address(j)) ++i;
      if (i < old.size() && old.address(i) == all.address(j) &&
          sameType_[raw(now_.type(o))] == before_.type(ObjectIndex{old.object(i)}) &&
          sameValue(ObjectIndex{old.object(i)}, o)) {
        twin_[raw(o)] = old.object(i);
      }
      if (j % kCheckEvery == 0) {
        cancelled_ = !keepGoing(0.5 * static_cast<double>(j) / static_cast<double>(all.size()));
      }
    }
  }

  static bool same(const std::optional<TextValue>& a, const std::optional<TextValue>& b) {
    return a.has_value() == b.has_value() &&
           (!a || (a->bytes == b->bytes && a->length == b->length));
  }

  // By their bits: a NaN equals nothing, but is the same object.
  static bool same(std::optional<double> a, std::optional<double> b) {
    return a.has_value() == b.has_value() &&
           (!a || std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b));
  }

  bool sameValue(ObjectIndex then, ObjectIndex o) const {
    const ValueKind kind = now_.shape(o).value;
    if (before_.shape(then).value != kind) return false;
    switch (kind) {
      case ValueKind::Text: return same(before_.text(then), now_.text(o));
      case ValueKind::Blob: return same(before_.blob(then), now_.blob(o));
      case ValueKind::Integer: {
        const auto a = before_.integer(then);
        const auto b = now_.integer(o);
        return a && b && a->value == b->value && a->bits == b->bits;
      }
      case ValueKind::Float: return same(before_.real(then), now_.real(o));
      default: return true;
    }
  }

  bool hasValue(ObjectIndex o) const { return now_.shape(o).value != ValueKind::None; }

  std::uint64_t addressThen(std::uint32_t o) const { return before_.address(ObjectIndex{o}); }

  // A constant that refers to other objects than before is another constant.
  bool replaced(std::uint32_t o) const {
    const ObjectIndex object{o};
    if (!isConstant(now_.typeName(object))) return false;
    const auto then = before_.rawEdges(ObjectIndex{twin_[o]});
    const auto edges = now_.rawEdges(object);
    if (then.size() != edges.size()) return true;
    for (std::size_t i = 0; i < std::min(edges.size(), kLooked); ++i) {
      if ((edges[i] == kNullEdge) != (then[i] == kNullEdge)) return true;
      if (edges[i] != kNullEdge && addressThen(then[i]) != now_.address(ObjectIndex{edges[i]})) {
        return true;
      }
    }
    return false;
  }

  // Everything refers to these: they say nothing of who refers to them.
  bool tells(std::uint32_t o) const {
    return now_.refcount(ObjectIndex{o}) != 0 && now_.typeOfTypeObject(ObjectIndex{o}) == kNoType &&
           now_.typeName(ObjectIndex{o}) != "NoneType" && now_.typeName(ObjectIndex{o}) != "bool";
  }

  bool isTheSame(std::uint32_t o) const {
    const ObjectIndex object{o};
    if (hasValue(object) || isConstant(now_.typeName(object)) || !tells(o)) return true;
    return ownsTheSame(object, kDeep) || isPartOfTheSame(object);
  }

  // A value that only this object leads to, then and now. What is near is looked at alone: parts
  // have one owner, so each is met a few times at most.
  bool ownsTheSame(ObjectIndex o, int depth) const {
    const auto then = before_.rawEdges(ObjectIndex{twin_[raw(o)]});
    const auto old = then.first(std::min(then.size(), kLooked));
    const auto edges = now_.rawEdges(o);
    for (const std::uint32_t to : edges.first(std::min(edges.size(), kLooked))) {
      if (to == kNullEdge || twin_[to] == kNoIndex || !tells(to)) continue;
      if (std::ranges::find(old, twin_[to]) == old.end() || replaced(to)) continue;
      if (!isHeldOnlyBy(now_, to, raw(o)) || !isHeldOnlyBy(before_, twin_[to], twin_[raw(o)])) {
        continue;
      }
      if (hasValue(ObjectIndex{to}) || (depth > 1 && ownsTheSame(ObjectIndex{to}, depth - 1))) {
        return true;
      }
    }
    return false;
  }

  static bool isHeldOnlyBy(const HeapGraph& graph, std::uint32_t o, std::uint32_t holder) {
    const auto referrers = graph.rawReferrers(ObjectIndex{o});
    return referrers.size() <= kLooked &&
           std::ranges::all_of(referrers, [&](std::uint32_t one) { return one == holder; });
  }

  // The namespace of an object that is the same by other evidence.
  bool isPartOfTheSame(ObjectIndex o) const {
    const auto referrers = now_.rawReferrers(o);
    for (const std::uint32_t from : referrers.first(std::min(referrers.size(), kLooked))) {
      if (now_.attributesDict(ObjectIndex{from}) != o || twin_[from] == kNoIndex) continue;
      if (before_.attributesDict(ObjectIndex{twin_[from]}) != ObjectIndex{twin_[raw(o)]}) continue;
      if (!tells(from) || ownsTheSame(ObjectIndex{from}, kDeep)) return true;
    }
    return false;
  }

  const HeapGraph& before_;
  const HeapGraph& now_;
  const RunControl& control_;
  std::vector<TypeIndex> sameType_;
  std::vector<std::uint32_t> twin_;  // by object of now
  bool cancelled_ = false;
};

}  // namespace

FateCounts Fates::counts() const {
  FateCounts counts;
  for (const Fate fate : now) {
    counts.survived += fate == Fate::Survived ? 1 : 0;
    counts.added += fate == Fate::Added ? 1 : 0;
    counts.uncertain += fate == Fate::Uncertain ? 1 : 0;
  }
  counts.gone = static_cast<std::uint64_t>(std::ranges::count(gone, true));
  return counts;
}

Result<Fates> fatesOf(const HeapGraph& before, const HeapGraph& now, const RunControl& control) {
  return Comparison(before, now, control).run();
}

}  // namespace whyalive::heap
