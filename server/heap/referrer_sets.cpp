// An object's set grows with each reference to it. Sets are numbered, and the step from one set to
// the next is looked up, so a reference costs a look-up and an object a number:
//
//   {} ──list──► {list} ──dict──► {dict, list}        None is referred to in thousands of ways:
//      ──dict──► {dict} ──list──────┘                 from kMostElements on a set is "many".
#include "server/heap/referrer_sets.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 17;
constexpr std::size_t kMostElements = 12;
constexpr std::size_t kFieldNameUses = 8;  // so often is a key of a dict a field's name

class SetTable {
 public:
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::uint32_t kMany = 1;

  SetTable() : sets_(2), lately_(kLately) {}

  std::uint32_t with(std::uint32_t set, std::uint32_t element) {
    if (set == kMany) return set;
    const std::uint64_t step = std::uint64_t{set} << 32 | element;
    Lately& lately = lately_[(set * 31 + element) % kLately];
    if (lately.step == step && lately.known) return lately.next;
    const auto [it, added] = steps_.try_emplace(step, kMany);
    if (added) it->second = grown(set, element);
    lately = {step, it->second, true};
    return it->second;
  }
  const std::vector<std::uint32_t>& elements(std::uint32_t set) const { return sets_[set]; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(sets_.size()); }

 private:
  static constexpr std::size_t kLately = 4096;
  struct Lately {
    std::uint64_t step = 0;
    std::uint32_t next = 0;
    bool known = false;
  };

  std::uint32_t grown(std::uint32_t set, std::uint32_t element) {
    std::vector<std::uint32_t> larger = sets_[set];
    const auto at = std::ranges::lower_bound(larger, element);
    if (at != larger.end() && *at == element) return set;
    if (larger.size() == kMostElements) return kMany;
    larger.insert(at, element);
    const auto [it, added] = numbers_.try_emplace(larger, count());
    if (added) sets_.push_back(std::move(larger));
    return it->second;
  }

  std::vector<std::vector<std::uint32_t>> sets_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t> steps_;
  std::vector<Lately> lately_;
};

// Elements by name: what is called alike is one element.
class Elements {
 public:
  std::uint32_t named(const std::string& name) {
    const auto [it, added] = numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (added) names_.push_back(name);
    return it->second;
  }
  std::string joined(const std::vector<std::uint32_t>& elements) const {
    std::vector<std::string_view> sorted;
    for (const std::uint32_t e : elements) sorted.push_back(names_[e]);
    std::ranges::sort(sorted);
    std::string text;
    for (const std::string_view one : sorted) {
      if (!text.empty()) text += ", ";
      text += one;
    }
    return text;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

NumberedLabels labelled(ZeroColumn<std::uint32_t> ofObject, const SetTable& sets,
                        const Elements& elements, const std::string& things) {
  NumberedLabels found{std::move(ofObject), {}};
  for (std::uint32_t set = 0; set < sets.count(); ++set) {
    found.labels.push_back(elements.joined(sets.elements(set)));
  }
  found.labels[SetTable::kEmpty] = "<nothing>";
  found.labels[SetTable::kMany] = "more than " + std::to_string(kMostElements) + " " + things;
  return found;
}

std::unexpected<Error> cancelled() {
  return fail(ErrorCode::Cancelled, "dividing the heap was cancelled");
}

// How references are called, as a person would write them after the referrer.
class ViaNames {
 public:
  explicit ViaNames(const Analysis& analysis)
      : graph_(analysis.graph()),
        kinds_(analysis.kinds()),
        entry_(elements_.named("[…]")),
        member_(elements_.named("{…}")),
        key_(elements_.named("key")),
        stack_(elements_.named("stack")),
        native_(elements_.named("native")) {
    for (const ShapeRecord& shape : graph_.snapshot().shapes) {
      std::vector<std::uint32_t>& names = fixed_.emplace_back();
      for (const EdgeLabel& label : shape.labels) names.push_back(nameOf(label));
    }
  }

  const Elements& elements() const { return elements_; }

  // fn(target, element) for each reference of an object.
  template <class Fn>
  void forEach(std::uint32_t o, Fn&& fn) {
    const auto edges = graph_.rawEdges(ObjectIndex{o});
    const std::uint32_t shapeIndex = graph_.snapshot().shape[o];
    const ShapeRecord& shape = graph_.snapshot().shapes[shapeIndex];
    const std::vector<std::uint32_t>& fixed = fixed_[shapeIndex];
    for (std::size_t i = 0; i < fixed.size(); ++i) {
      if (edges[i] != kNullEdge) fn(edges[i], fixed[i]);
    }
    if (shape.tail != Tail::Pairs && shape.tail != Tail::SplitPairs) {
      const std::uint32_t element = ofTail(shape.tail);
      for (std::size_t i = fixed.size(); i < edges.size(); ++i) {
        if (edges[i] != kNullEdge) fn(edges[i], element);
      }
      return;
    }
    const bool space = kinds_.ownerType(kinds_.of(ObjectIndex{o})) != kNoType;
    for (std::size_t i = fixed.size(); i + 1 < edges.size(); i += 2) {
      const bool hasKey = edges[i] != kNullEdge;  // an inner node of a context's variables has none
      if (hasKey && shape.tail == Tail::Pairs) fn(edges[i], key_);
      if (edges[i + 1] == kNullEdge) continue;
      fn(edges[i + 1], hasKey ? ofKey(edges[i], space) : native_);
    }
  }

 private:
  std::uint32_t ofTail(Tail tail) const {
    switch (tail) {
      case Tail::Index: return entry_;
      case Tail::Member: return member_;
      case Tail::StackItems: return stack_;
      default: return native_;
    }
  }

  std::uint32_t ofKey(std::uint32_t key, bool space) {
    if (!space && graph_.rawReferrers(ObjectIndex{key}).size() < kFieldNameUses) return entry_;
    const std::uint64_t asked = std::uint64_t{key} << 1 | (space ? 1 : 0);
    Lately& lately = lately_[asked % std::size(lately_)];
    if (lately.asked == asked) return lately.element;
    const auto [it, added] = ofKeys_.try_emplace(asked, entry_);
    if (added) {
      const std::optional<TextValue> text = graph_.text(ObjectIndex{key});
      if (text && space) it->second = elements_.named("." + std::string(text->bytes));
      if (text && !space) {
        it->second = elements_.named("[" + graph_.repr(ObjectIndex{key}) + "]");
      }
    }
    lately = {asked, it->second};
    return it->second;
  }

  std::uint32_t nameOf(const EdgeLabel& label) {
    const std::string name(graph_.name(label.name));
    switch (label.kind) {
      case LabelKind::AttributesDict: return elements_.named(".__dict__");
      case LabelKind::Type: return elements_.named(".__class__");
      case LabelKind::FrameBack: return elements_.named(".f_back");
      case LabelKind::CellContents: return elements_.named(".cell_contents");
      case LabelKind::Closure: return elements_.named(".__closure__");
      case LabelKind::BoundSelf: return elements_.named(".__self__");
      case LabelKind::WeakrefCallback: return elements_.named(".__callback__");
      case LabelKind::Index: return entry_;
      case LabelKind::Member: return member_;
      case LabelKind::StackItem: return stack_;
      case LabelKind::Local: return elements_.named("local " + name);
      case LabelKind::ContextVar: return elements_.named("context " + name);
      case LabelKind::ThreadLocal: return elements_.named("thread-local " + name);
      default: return name.empty() ? native_ : elements_.named("." + name);
    }
  }

  struct Lately {
    std::uint64_t asked = ~std::uint64_t{0};
    std::uint32_t element = 0;
  };

  const HeapGraph& graph_;
  const Kinds& kinds_;
  Elements elements_;
  std::uint32_t entry_, member_, key_, stack_, native_;
  std::vector<std::vector<std::uint32_t>> fixed_;  // by shape, by position
  std::unordered_map<std::uint64_t, std::uint32_t> ofKeys_;
  Lately lately_[1024];
};

}  // namespace

Result<NumberedLabels> objectsByReferrers(const Analysis& analysis, const RunControl& control) {
  const HeapGraph& graph = analysis.graph();
  const Kinds& kinds = analysis.kinds();
  SetTable sets;
  Elements elements;
  std::vector<std::uint32_t> elementOfKind;
  for (std::uint32_t k = 0; k < kinds.count(); ++k) {
    elementOfKind.push_back(elements.named(std::string(kinds.name(KindIndex{k}))));
  }
  const std::uint32_t n = graph.objectCount();
  ZeroColumn<std::uint32_t> setOf(n);  // SetTable::kEmpty
  for (std::uint32_t o = 0; o < n; ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("asking for referrers", 1.0 * o / n)) {
      return cancelled();
    }
    const std::uint32_t element = elementOfKind[raw(kinds.of(ObjectIndex{o}))];
    const auto edges = graph.rawEdges(ObjectIndex{o});
    const ShapeRecord& shape = graph.shape(ObjectIndex{o});
    // A key that a split dict shares with its class is listed, but is no reference.
    const bool split = shape.tail == Tail::SplitPairs;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (edges[i] == kNullEdge) continue;
      if (split && i >= shape.labels.size() && (i - shape.labels.size()) % 2 == 0) continue;
      setOf[edges[i]] = sets.with(setOf[edges[i]], element);
    }
  }
  return labelled(std::move(setOf), sets, elements, "kinds");
}

Result<NumberedLabels> objectsByVia(const Analysis& analysis, const RunControl& control) {
  SetTable sets;
  ViaNames names(analysis);
  const std::uint32_t n = analysis.graph().objectCount();
  ZeroColumn<std::uint32_t> setOf(n);  // SetTable::kEmpty
  for (std::uint32_t o = 0; o < n; ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("asking for referrers", 1.0 * o / n)) {
      return cancelled();
    }
    names.forEach(o, [&](std::uint32_t target, std::uint32_t element) {
      setOf[target] = sets.with(setOf[target], element);
    });
  }
  return labelled(std::move(setOf), sets, names.elements(), "ways");
}

}  // namespace whyalive::heap
