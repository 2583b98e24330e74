#include "server/heap/path_tree.h"

#include <algorithm>
#include <ranges>

#include "server/heap/code_names.h"
#include "server/heap/context_maps.h"
#include "server/heap/edge_choice.h"
#include "server/heap/held_from_c.h"
#include "server/heap/sha1.h"

namespace whyalive::heap {
namespace {

constexpr int kFoldedAncestors = 16;  // a stretch of at most half so many steps is seen to repeat

}  // namespace

std::string maskDigits(std::string_view text) {
  std::string masked;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      masked += c;
    } else if (!masked.ends_with('#')) {
      masked += '#';
    }
  }
  return masked;
}

PathTree::PathTree(const Analysis& analysis)
    : analysis_(analysis),
      graph_(analysis.graph()),
      nodeOf_(analysis.graph().objectCount()),
      isContextTree_(analysis.graph().typeCount()) {
  for (std::uint32_t t = 0; t < graph_.typeCount(); ++t) {
    isContextTree_[t] = isContextTree(graph_.typeName(TypeIndex{t}));
  }
}

std::uint32_t PathTree::labelNamed(std::string_view text) {
  const auto [it, added] =
      labelIds_.try_emplace(std::string(text), static_cast<std::uint32_t>(labels_.size()));
  if (added) labels_.emplace_back(text);
  return it->second;
}

PathNode PathTree::root(ObjectIndex o) {
  const Root* root = analysis_.roots().at(o);
  if (const ObjectIndex keeper = keeperOf(analysis_, o); keeper != kNoObject) {
    return child(of(keeper), labelNamed("<native>"), graph_.type(o));
  }
  std::string label = "native";
  if (const std::string_view content = contentOf(graph_, o); !content.empty()) {
    label += " of ";
    label += content;
  }
  if (root != nullptr && root->group == RootGroup::Module) label = "module " + root->name;
  if (root != nullptr && root->group == RootGroup::Frame) {
    const ObjectIndex code = graph_.snapshot().frames[root->frame].code;
    label = "frame " + functionName(graph_, code).qualname + " local " + root->name;
  }
  if (root != nullptr &&
      (root->group == RootGroup::Thread || root->group == RootGroup::Interpreter)) {
    label = "interpreter " + root->name;
  }
  return child(kNoPathNode, labelNamed(maskDigits(label)), graph_.type(o));
}

PathNode PathTree::child(PathNode parent, std::uint32_t label, TypeIndex type) {
  // A step that stands twice above already is where the path turns in a circle; once may be chance,
  // as in a dict of dicts.
  PathNode nearest = kNoPathNode;
  PathNode ancestor = parent;
  for (int i = 0; i < kFoldedAncestors && ancestor != kNoPathNode; ++i) {
    const Node& node = nodes_[raw(ancestor)];
    if (node.label == label && node.type == type && node.parent != kNoPathNode) {
      if (nearest != kNoPathNode) return nearest;
      nearest = ancestor;
    }
    ancestor = node.parent;
  }
  const std::uint64_t hash =
      (std::uint64_t{raw(parent)} * 0x9E3779B97F4A7C15u) ^ (std::uint64_t{label} << 32 | raw(type));
  std::vector<PathNode>& known = children_[hash];
  for (const PathNode n : known) {
    const Node& node = nodes_[raw(n)];
    if (node.parent == parent && node.label == label && node.type == type) return n;
  }
  const PathNode added{size()};
  nodes_.push_back({parent, label, type});
  known.push_back(added);
  return added;
}

bool PathTree::isPartOf(ObjectIndex dict, ObjectIndex owner) const {
  return graph_.attributesDict(owner) == dict &&
         (graph_.entryCount(dict) < kNamesOfContainer || graph_.module(owner) != nullptr);
}

// What a threading.local holds for one thread: threading.local → {thread: {name: value}}
bool PathTree::isThreadSpace(ObjectIndex dict) const {
  const Paths& paths = analysis_.paths();
  if (paths.isStart(dict) || paths.isStart(paths.parent(dict))) return false;
  const ObjectIndex threads = paths.parent(dict);
  const ObjectIndex local = paths.parent(threads);
  const ShapeRecord& shape = graph_.shape(local);
  const auto edges = graph_.rawEdges(local);
  for (std::size_t i = 0; i < shape.labels.size(); ++i) {
    if (shape.labels[i].kind == LabelKind::ThreadLocal && edges[i] == raw(threads)) return true;
  }
  return false;
}

// A context's variables are in a tree whose depth depends on their hashes, which are addresses.
bool PathTree::isWithinContext(ObjectIndex from, ObjectIndex to) const {
  return isContextTree_[raw(graph_.type(from))] && isContextTree_[raw(graph_.type(to))];
}

// What a key says of the place: names do, and context variables; other keys are masked.
std::string PathTree::nameOfKey(ObjectIndex key) const {
  if (key == kNoObject) return {};
  if (const std::optional<TextValue> text = graph_.text(key)) return maskDigits(text->bytes);
  return nameOfContextVariable(graph_, key);
}

// The masked label of the step between two neighbours of a path.
std::uint32_t PathTree::labelOf(ObjectIndex before, ObjectIndex from, ObjectIndex to) {
  const ShapeRecord& shape = graph_.shape(from);
  const auto edges = graph_.rawEdges(from);
  for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
    if (edges[i] != raw(to)) continue;
    const LabelKind kind = shape.labels[i].kind;
    if (kind == LabelKind::Attribute || kind == LabelKind::Slot) {
      return labelNamed("." + maskDigits(graph_.name(shape.labels[i].name)));
    }
    return labelNamed("<" + std::to_string(static_cast<std::uint32_t>(kind)) + " " +
                      maskDigits(graph_.name(shape.labels[i].name)) + ">");
  }
  if (!graph_.isDict(from)) {
    return labelNamed(shape.tail == Tail::Index    ? "[…]"
                      : shape.tail == Tail::Member ? "{…}"
                                                   : "<native>");
  }
  const bool part = before != kNoObject && isPartOf(from, before);
  const bool context = isContextTree_[raw(graph_.type(from))] || isThreadSpace(from);
  if (!part && !context && graph_.moduleOfNamespace(from) == nullptr) return labelNamed("[…]");
  const Paths& paths = analysis_.paths();
  const bool onPath = !paths.isStart(to) && paths.parent(to) == from;
  const std::uint32_t edge = onPath ? paths.edgeTo(graph_, to) : edgeBetween(graph_, from, to);
  const Label label = edge == kNoIndex ? Label{} : graph_.label(from, edge);
  const std::string name =
      label.kind == LabelKind::DictValue ? nameOfKey(label.keyObject) : std::string();
  return labelNamed(name.empty() ? "[…]" : "." + name);
}

PathNode PathTree::of(ObjectIndex o) {
  const Paths& paths = analysis_.paths();
  if (!paths.reached(o)) return kNoPathNode;
  std::vector<ObjectIndex> todo;
  while (!isPlaced(o) && !paths.isStart(o)) {
    todo.push_back(o);
    o = paths.parent(o);
  }
  if (!isPlaced(o)) put(o, root(o));
  for (const ObjectIndex next : std::views::reverse(todo)) {
    const ObjectIndex from = paths.parent(next);
    const ObjectIndex before = paths.isStart(from) ? kNoObject : paths.parent(from);
    PathNode above = placed(from);
    if (isWithinContext(from, next)) {
      put(next, above);
      continue;
    }
    // A namespace is no step: whether attributes are inline or in a dict must not matter.
    if (before != kNoObject && isPartOf(from, before)) above = placed(before);
    put(next, child(above, labelOf(before, from, next), graph_.type(next)));
  }
  return placed(todo.empty() ? o : todo.front());
}

PathNode PathTree::along(std::span<const ObjectIndex> path) {
  ObjectIndex before = kNoObject;
  PathNode aboveFrom = kNoPathNode;  // of `before`
  PathNode node = root(path[0]);
  for (std::size_t i = 1; i < path.size(); ++i) {
    const ObjectIndex from = path[i - 1], to = path[i];
    const PathNode last = node;
    if (!isWithinContext(from, to)) {
      const bool part = before != kNoObject && isPartOf(from, before);
      node = child(part ? aboveFrom : last, labelOf(before, from, to), graph_.type(to));
    }
    before = from;
    aboveFrom = last;
  }
  return node;
}

std::string PathTree::text(PathNode n) const {
  std::vector<const Node*> steps;
  for (; n != kNoPathNode; n = nodes_[raw(n)].parent) steps.push_back(&nodes_[raw(n)]);
  std::string text;
  for (const Node* node : std::views::reverse(steps)) {
    text += labels_[node->label];
    text += ':';
    text += graph_.typeName(node->type);
    text += '\n';
  }
  return text;
}

std::string PathTree::signature(PathNode n) const { return sha1Hex(text(n)); }

}  // namespace whyalive::heap
