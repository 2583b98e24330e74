#include "server/pictures/links.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "server/heap/code_names.h"

namespace whyalive::pictures {
namespace {

using heap::HeapGraph;
using heap::Label;
using heap::LabelKind;

constexpr std::size_t kLooked = 4096;     // referrers of one object that are looked at
constexpr std::size_t kSearched = 65536;  // references of one referrer that are searched
constexpr std::size_t kGlanced = 64;      // the same where a masked label will do
constexpr std::size_t kKeyBytes = 24;     // of a key's repr

// A reference with its words, before it is known who stands at its end.
struct Wording {
  std::string label, masked;
  Interest interest = Interest::Named;
};

Wording named(std::string text) { return {text, text, Interest::Named}; }
Wording plumbing(std::string text) { return {text, text, Interest::Plumbing}; }

bool isGlobals(const Label& label) {
  return label.kind == LabelKind::Internal &&
         (label.name == "__globals__" || label.name == "__builtins__");
}

class Linker {
 public:
  Linker(const heap::Analysis& analysis, Labels labels)
      : analysis_(analysis),
        graph_(analysis.graph()),
        searched_(labels == Labels::Exact ? kSearched : kGlanced) {}

  bool isNamespace(ObjectIndex o) const {
    return graph_.isDict(o) &&
           (raw(analysis_.kinds().ownerType(analysis_.kinds().of(o))) != kNoIndex ||
            graph_.moduleOfNamespace(o) != nullptr);
  }
  bool isCell(ObjectIndex o) const {
    const heap::ShapeRecord& shape = graph_.shape(o);
    return shape.labels.size() == 1 && shape.labels[0].kind == LabelKind::CellContents;
  }

  bool isNone(ObjectIndex o) const { return graph_.typeName(o) == std::string_view("NoneType"); }

  // `inNamespace`: the dict is left out, so the key reads as an attribute.
  Wording word(const Label& label, bool inNamespace) const {
    const std::string name(label.name);
    switch (label.kind) {
      case LabelKind::Attribute:
      case LabelKind::Slot: return named("." + name);
      case LabelKind::DictValue: return entry(label, inNamespace);
      case LabelKind::Index:
        return {"[" + std::to_string(label.position) + "]", "[…]", Interest::Position};
      case LabelKind::Member: return {"member", "member", Interest::Position};
      case LabelKind::CellContents: return named("cell");
      case LabelKind::Local: return named("local " + name);
      case LabelKind::Default:
        return named(name.starts_with("__") ? "defaults" : "default " + name);
      case LabelKind::BoundSelf: return named("bound self");
      case LabelKind::Wrapped: return named("." + name);
      case LabelKind::ContextVar: return named("context variable");
      case LabelKind::ThreadLocal: return named("thread-local");
      case LabelKind::WeakrefCallback: return named("weakref callback");
      case LabelKind::Closure: return named("closure");
      case LabelKind::DictKey:
      case LabelKind::BorrowedKey: return {"key", "key", Interest::Plumbing};
      case LabelKind::AttributesDict: return plumbing("__dict__");
      case LabelKind::Type: return plumbing("__class__");
      case LabelKind::FrameBack: return plumbing("f_back");
      case LabelKind::StackItem: return plumbing("stack");
      case LabelKind::Internal: return plumbing(name.empty() ? "" : "." + name);
      case LabelKind::Native: break;
    }
    return named(name);
  }

  // The best label among the references from one object to another.
  bool labelBetween(ObjectIndex from, ObjectIndex to, Label& best) const {
    const auto edges = graph_.rawEdges(from);
    bool found = false;
    for (std::uint32_t i = 0; i < std::min(edges.size(), searched_); ++i) {
      if (edges[i] != raw(to)) continue;
      const Label label = graph_.label(from, i);
      if (label.kind == LabelKind::BorrowedKey) continue;
      const bool isKey = label.kind == LabelKind::DictKey;
      if (!found || !isKey) best = label;
      found = true;
      if (!isKey) return true;
    }
    // A hub: who refers is known, from where is not worth a search. Its last reference is labelled
    // like the others but for the position.
    if (!found && edges.size() > searched_) {
      best = graph_.label(from, static_cast<std::uint32_t>(edges.size()) - 1);
      best.keyObject = kNoObject;
      found = best.kind != LabelKind::BorrowedKey;
    }
    return found;
  }

  const heap::Analysis& analysis() const { return analysis_; }
  const HeapGraph& graph() const { return graph_; }

 private:
  Wording entry(const Label& label, bool inNamespace) const {
    if (label.keyObject == kNoObject) return {"[…]", "[…]", Interest::Position};
    const auto text = graph_.text(label.keyObject);
    if (inNamespace && text && !text->cut) return named("." + std::string(text->bytes));
    return {"[" + graph_.repr(label.keyObject, kKeyBytes) + "]", "[…]", Interest::Position};
  }

  const heap::Analysis& analysis_;
  const HeapGraph& graph_;
  const std::size_t searched_;
};

class Gatherer {
 public:
  Gatherer(const heap::Analysis& analysis, std::size_t limit, Labels labels)
      : linker_(analysis, labels), limit_(limit) {}

  Links to(ObjectIndex o) {
    std::uint32_t last = kNoIndex;
    const auto referrers = linker_.graph().rawReferrers(o);
    std::size_t looked = 0;
    for (const std::uint32_t r : referrers) {
      if (r == last) continue;  // once per reference, together
      last = r;
      if (++looked > kLooked) {
        ++links_.total;
        continue;
      }
      from(ObjectIndex{r}, o);
    }
    return finish();
  }

  Links outOf(ObjectIndex o) {
    linker_.graph().forEachReference(
        o, [&](const Label& label, ObjectIndex target) { return out(o, label, target); });
    return finish();
  }

 private:
  void add(ObjectIndex from, ObjectIndex to, Wording wording) {
    if (!seen_.emplace(raw(from), raw(to), wording.label).second) return;
    ++links_.total;
    if (linker_.analysis().paths().reached(to) && onPath(from, to)) {
      wording.interest = Interest::Path;
    }
    links_.links.push_back(
        {from, to, std::move(wording.label), std::move(wording.masked), wording.interest});
  }

  // The shortest named path to `to` comes from `from`, through plumbing or not.
  bool onPath(ObjectIndex from, ObjectIndex to) const {
    const heap::Paths& paths = linker_.analysis().paths();
    ObjectIndex at = to;
    for (int steps = 0; steps < 3 && !paths.isStart(at); ++steps) {
      at = paths.parent(at);
      if (at == from) return true;
      if (!linker_.isNamespace(at) && !linker_.isCell(at) && !isClosureTuple(at)) return false;
    }
    return false;
  }

  bool isClosureTuple(ObjectIndex o) const {
    Label label;
    for (const std::uint32_t r : linker_.graph().rawReferrers(o).first(
             std::min<std::size_t>(4, linker_.graph().rawReferrers(o).size()))) {
      if (linker_.labelBetween(ObjectIndex{r}, o, label) && label.kind == LabelKind::Closure) {
        return true;
      }
    }
    return false;
  }

  // --- who refers ---

  void from(ObjectIndex referrer, ObjectIndex o) {
    Label label;
    if (!linker_.labelBetween(referrer, o, label) || isGlobals(label)) return;
    const bool isValue = label.kind == LabelKind::DictValue;
    if (isValue && linker_.isNamespace(referrer) && throughNamespace(referrer, o, label)) return;
    if (label.kind == LabelKind::CellContents && throughCell(referrer, o)) return;
    add(referrer, o, linker_.word(label, false));
  }

  bool throughNamespace(ObjectIndex dict, ObjectIndex o, const Label& label) {
    // A module's namespace has a referrer in each of its functions; the module is known anyway.
    if (const heap::ModuleRecord* module = linker_.graph().moduleOfNamespace(dict)) {
      if (module->object != kNoObject) {
        add(module->object, o, linker_.word(label, true));
        return true;
      }
    }
    bool found = false;
    for (const std::uint32_t owner : firstReferrers(dict)) {
      Label held;
      if (!linker_.labelBetween(ObjectIndex{owner}, dict, held)) continue;
      if (held.kind != LabelKind::AttributesDict) continue;
      add(ObjectIndex{owner}, o, linker_.word(label, true));
      found = true;
    }
    return found;
  }

  bool throughCell(ObjectIndex cell, ObjectIndex o) {
    bool found = false;
    for (const std::uint32_t t : firstReferrers(cell)) {
      const ObjectIndex tuple{t};
      Label label;
      if (!linker_.labelBetween(tuple, cell, label)) continue;
      if (label.kind != LabelKind::Index) {  // a frame's variable, shared with an inner function
        add(tuple, o, linker_.word(label, false));
        found = true;
        continue;
      }
      for (const std::uint32_t f : firstReferrers(tuple)) {
        Label held;
        if (!linker_.labelBetween(ObjectIndex{f}, tuple, held)) continue;
        if (held.kind != LabelKind::Closure) continue;
        add(ObjectIndex{f}, o, captured(ObjectIndex{f}, label.position));
        found = true;
      }
    }
    return found;
  }

  std::span<const std::uint32_t> firstReferrers(ObjectIndex o) const {
    const auto all = linker_.graph().rawReferrers(o);
    return all.first(std::min<std::size_t>(all.size(), 64));
  }

  Wording captured(ObjectIndex function, std::uint32_t position) const {
    const auto names = heap::freeVariables(linker_.graph(), linker_.graph().codeOf(function));
    return named("closure " +
                 (position < names.size() ? names[position] : std::to_string(position)));
  }

  // --- what is referred to ---

  bool out(ObjectIndex o, const Label& label, ObjectIndex target) {
    if (isGlobals(label) || label.kind == LabelKind::BorrowedKey) return true;
    if (label.kind == LabelKind::Type || label.kind == LabelKind::FrameBack) return true;
    if (label.kind == LabelKind::DictKey) return true;  // the value's label tells it
    if (linker_.isNone(target)) return true;
    if (links_.links.size() > kLooked) {
      ++links_.total;
      return true;
    }
    if (label.kind == LabelKind::AttributesDict) {
      linker_.graph().forEachReference(target, [&](const Label& inner, ObjectIndex value) {
        if (inner.kind == LabelKind::DictValue && !linker_.isNone(value)) {
          add(o, value, linker_.word(inner, true));
        }
      });
    } else if (label.kind == LabelKind::Closure) {
      linker_.graph().forEachReference(target, [&](const Label& inner, ObjectIndex cell) {
        if (!linker_.isCell(cell)) return;
        const std::uint32_t content = linker_.graph().rawEdges(cell)[0];
        if (content != snapshot::kNullEdge && !linker_.isNone(ObjectIndex{content})) {
          add(o, ObjectIndex{content}, captured(o, inner.position));
        }
      });
    } else {
      add(o, target, linker_.word(label, false));
    }
    return true;
  }

  Links finish() {
    std::ranges::stable_sort(links_.links, {}, [](const Link& l) { return l.interest; });
    if (links_.links.size() > limit_) links_.links.resize(limit_);
    return std::move(links_);
  }

  Linker linker_;
  std::size_t limit_;
  Links links_;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::string>> seen_;
};

}  // namespace

Links linksTo(const heap::Analysis& analysis, ObjectIndex o, std::size_t limit, Labels labels) {
  return Gatherer(analysis, limit, labels).to(o);
}

Links linksFrom(const heap::Analysis& analysis, ObjectIndex o, std::size_t limit) {
  return Gatherer(analysis, limit, Labels::Exact).outOf(o);
}

}  // namespace whyalive::pictures
