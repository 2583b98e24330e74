#include "server/heap/references.h"

#include <algorithm>
#include <span>

#include "server/heap/edge_steps.h"
#include "server/heap/expression.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

bool isCell(const HeapGraph& graph, ObjectIndex o) {
  const ShapeRecord& shape = graph.shape(o);
  return shape.labels.size() == 1 && shape.labels[0].kind == LabelKind::CellContents;
}

// What the last of these references leads to, with its name.
Reference named(const Analysis& analysis, std::span<const Hop> hops) {
  const HeapGraph& graph = analysis.graph();
  const Hop& last = hops.back();
  const Label label = graph.label(last.from, last.edge);
  Reference reference;
  reference.other = ObjectIndex{graph.rawEdges(last.from)[last.edge]};
  if (label.kind == LabelKind::DictValue) reference.key = label.keyObject;
  std::vector<OwnedStep> steps = ownedStepsAlong(analysis, hops, Masking::None);
  if (steps.empty()) {
    std::string name(label.kind == LabelKind::Closure ? "__closure__" : label.name);
    reference.step = {StepKind::Attribute, std::move(name),
                      std::string(graph.typeName(reference.other)), reference.other};
    if (label.kind == LabelKind::AttributesDict) reference.step.name = "__dict__";
  } else {
    reference.step = std::move(steps.back().step);
  }
  reference.text = expressionPart(reference.step);
  return reference;
}

// Walks an object's references and keeps those of the page.
class Referents {
 public:
  Referents(const Analysis& analysis, std::uint64_t offset, std::uint64_t limit)
      : analysis_(analysis), graph_(analysis.graph()), offset_(offset), limit_(limit) {}

  ReferencePage list(ObjectIndex o) {
    const auto edges = graph_.rawEdges(o);
    const std::size_t fixed = graph_.shape(o).labels.size();
    for (std::uint32_t i = 0; i < edges.size(); ++i) {
      if (edges[i] == kNullEdge) continue;
      const Hop hop{o, i};
      if (i >= fixed) {
        tail(hop, edges, fixed);
      } else if (const LabelKind kind = graph_.shape(o).labels[i].kind;
                 kind == LabelKind::AttributesDict && graph_.isDict(ObjectIndex{edges[i]})) {
        through(hop, [&](Hop inner) { add({hop, inner}); });
      } else if (kind == LabelKind::Closure) {
        through(hop, [&](Hop inner) { cell(hop, inner); });
      } else {
        add({hop});
      }
    }
    return std::move(page_);
  }

 private:
  // Keys are told with their values; those without one stand for themselves.
  void tail(const Hop& hop, std::span<const std::uint32_t> edges, std::size_t fixed) {
    const bool key = graph_.isDict(hop.from) && (hop.edge - fixed) % 2 == 0;
    const bool paired = hop.edge + 1 < edges.size() && edges[hop.edge + 1] != kNullEdge;
    if (!key || !paired) add({hop});
  }

  // The entries of what the reference leads to.
  template <class Fn>
  void through(const Hop& hop, Fn fn) const {
    const ObjectIndex inner{graph_.rawEdges(hop.from)[hop.edge]};
    const auto edges = graph_.rawEdges(inner);
    const auto fixed = static_cast<std::uint32_t>(graph_.shape(inner).labels.size());
    const std::uint32_t step = graph_.isDict(inner) ? 2 : 1;
    for (std::uint32_t i = fixed + step - 1; i < edges.size(); i += step) {
      if (edges[i] != kNullEdge) fn(Hop{inner, i});
    }
  }

  void cell(const Hop& closure, const Hop& entry) {
    const ObjectIndex cell{graph_.rawEdges(entry.from)[entry.edge]};
    if (isCell(graph_, cell) && graph_.rawEdges(cell)[0] != kNullEdge) {
      add({closure, entry, Hop{cell, 0}});
    } else {
      add({closure, entry});
    }
  }

  void add(std::initializer_list<Hop> hops) {
    const std::uint64_t row = page_.total++;
    if (row < offset_ || page_.rows.size() >= limit_) return;
    page_.rows.push_back(named(analysis_, std::span(hops.begin(), hops.size())));
  }

  const Analysis& analysis_;
  const HeapGraph& graph_;
  std::uint64_t offset_, limit_;
  ReferencePage page_;
};

// The function that has captured what this cell holds, with the references that lead there.
std::vector<Hop> hopsFromFunction(const HeapGraph& graph, ObjectIndex cell) {
  constexpr std::size_t kLooked = 64;
  const auto tuples = graph.rawReferrers(cell);
  for (std::size_t i = 0; i < std::min(tuples.size(), kLooked); ++i) {
    const ObjectIndex tuple{tuples[i]};
    const auto functions = graph.rawReferrers(tuple);
    for (std::size_t j = 0; j < std::min(functions.size(), kLooked); ++j) {
      const ObjectIndex function{functions[j]};
      const std::uint32_t edge = edgeBetween(graph, function, tuple);
      if (edge == kNoIndex || graph.label(function, edge).kind != LabelKind::Closure) continue;
      return {{function, edge}, {tuple, edgeBetween(graph, tuple, cell)}};
    }
  }
  return {};
}

Reference referrer(const Analysis& analysis, ObjectIndex from, ObjectIndex to) {
  const HeapGraph& graph = analysis.graph();
  std::vector<Hop> hops;
  if (const ObjectIndex owner = ownerOfNamespace(analysis, from); owner != kNoObject) {
    hops.push_back({owner, edgeBetween(graph, owner, from)});
  } else if (isCell(graph, from)) {
    hops = hopsFromFunction(graph, from);
  }
  Reference reference;
  if (!hops.empty()) reference.owner = hops.front().from;
  hops.push_back({from, edgeBetween(graph, from, to)});
  const ObjectIndex owner = reference.owner;
  reference = named(analysis, hops);
  reference.owner = owner;
  reference.other = from;
  return reference;
}

}  // namespace

ObjectIndex ownerOfNamespace(const Analysis& analysis, ObjectIndex dict) {
  const HeapGraph& graph = analysis.graph();
  if (const ModuleRecord* module = graph.moduleOfNamespace(dict)) return module->object;
  if (!graph.isDict(dict) || analysis.kinds().ownerType(analysis.kinds().of(dict)) == kNoType) {
    return kNoObject;
  }
  for (const std::uint32_t referrer : graph.rawReferrers(dict)) {
    if (graph.attributesDict(ObjectIndex{referrer}) == dict) return ObjectIndex{referrer};
  }
  return kNoObject;
}

ReferencePage referentsOf(const Analysis& analysis, ObjectIndex o, std::uint64_t offset,
                          std::uint64_t limit) {
  return Referents(analysis, offset, limit).list(o);
}

ReferencePage referrersOf(const Analysis& analysis, ObjectIndex o, std::uint64_t offset,
                          std::uint64_t limit) {
  // A referrer stands once per reference, all of them together.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> counted;
  for (const std::uint32_t from : analysis.graph().rawReferrers(o)) {
    if (counted.empty() || counted.back().first != from) counted.emplace_back(from, 0);
    ++counted.back().second;
  }
  const auto before = [&](const auto& a, const auto& b) {
    const Bytes left = analysis.dominators().retained(ObjectIndex{a.first});
    const Bytes right = analysis.dominators().retained(ObjectIndex{b.first});
    return left != right ? left > right : a.first < b.first;
  };
  ReferencePage page;
  page.total = counted.size();
  const std::uint64_t begin = std::min<std::uint64_t>(offset, counted.size());
  const std::uint64_t end = begin + std::min<std::uint64_t>(limit, counted.size() - begin);
  const auto at = [&](std::uint64_t i) { return counted.begin() + static_cast<std::ptrdiff_t>(i); };
  std::partial_sort(counted.begin(), at(end), counted.end(), before);
  for (std::uint64_t i = begin; i < end; ++i) {
    page.rows.push_back(referrer(analysis, ObjectIndex{counted[i].first}, o));
    page.rows.back().count = counted[i].second;
  }
  return page;
}

}  // namespace whyalive::heap
