#include "server/heap/flame.h"

#include <algorithm>
#include <charconv>
#include <queue>

#include "server/heap/path_tree.h"

namespace whyalive::heap {
namespace {

constexpr std::uint32_t kCheckEvery = 1u << 13;

// "<12 name>", as the path tree writes what is no attribute or entry, in a person's words.
std::string wording(std::string_view label) {
  unsigned number = 0;
  if (!label.starts_with('<')) return std::string(label);
  const auto parsed = std::from_chars(label.data() + 1, label.data() + label.size(), number);
  if (parsed.ec != std::errc{}) return "." + std::string(label);
  std::string_view name = label.substr(static_cast<std::size_t>(parsed.ptr - label.data()));
  name.remove_suffix(1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  const auto marked = [&](std::string_view what) {
    return ".<" + std::string(what) + (name.empty() ? ">" : " " + std::string(name) + ">");
  };
  switch (static_cast<LabelKind>(number)) {
    case LabelKind::Local: return marked("local");
    case LabelKind::Closure: return ".__closure__";
    case LabelKind::CellContents: return ".cell_contents";
    case LabelKind::Default: return marked("default");
    case LabelKind::BoundSelf: return ".__self__";
    case LabelKind::AttributesDict: return ".__dict__";
    case LabelKind::Type: return ".__class__";
    case LabelKind::FrameBack: return ".f_back";
    case LabelKind::WeakrefCallback: return ".<weakref callback>";
    case LabelKind::ContextVar: return marked("context");
    case LabelKind::ThreadLocal: return marked("thread-local");
    case LabelKind::Wrapped: return marked("wrapped");
    case LabelKind::StackItem: return ".<stack>";
    default: return name.empty() ? ".<native>" : "." + std::string(name);
  }
}

}  // namespace

class FlameTree::Nodes {
 public:
  explicit Nodes(const Analysis& analysis) : a_(analysis), tree_(analysis) {}

  bool find(const RunControl& control) {
    if (!count(control)) return false;
    tree_.forgetObjects();
    sumUp();
    return true;
  }

  Result<Flame> cut(const FlameOptions& options) const {
    std::uint32_t bottom = kBottom;
    if (options.under && !options.under->empty()) {
      bottom = nodeWith(*options.under);
      if (bottom == kNoIndex) {
        return fail(ErrorCode::NotFound, "the snapshot has no place of this signature",
                    "signatures are those of whyalive/flame, whyalive/diff and suspects");
      }
    }
    return lay(bottom, largest(bottom, options.maxNodes));
  }

 private:
  // Node n of the tree is n + 1 here; 0 is below all roots.
  static constexpr std::uint32_t kBottom = 0;
  struct Sums {
    std::uint64_t count = 0, totalCount = 0;
    Bytes size = 0, totalSize = 0;
    ObjectIndex object = kNoObject;
    std::vector<std::uint32_t> children;  // larger ones first
  };

  bool count(const RunControl& control) {
    sums_.resize(1);
    const std::uint32_t n = a_.graph().objectCount();
    for (std::uint32_t i = 0; i < n; ++i) {
      const ObjectIndex o{i};
      if (i % kCheckEvery == 0 && !control.keepGoing("placing objects", 1.0 * i / n)) return false;
      const PathNode node = tree_.of(o);
      if (node == kNoPathNode) continue;
      if (sums_.size() < tree_.size() + 1) sums_.resize(tree_.size() + 1);
      Sums& sums = sums_[raw(node) + 1];
      ++sums.count;
      sums.size += a_.graph().size(o) + a_.graph().nativeSize(o);
      if (sums.object == kNoObject ||
          a_.dominators().retained(o) > a_.dominators().retained(sums.object)) {
        sums.object = o;
      }
    }
    sums_.resize(tree_.size() + 1);
    return true;
  }

  std::uint32_t parentOf(std::uint32_t n) const {
    const PathNode parent = tree_.parent(PathNode{n - 1});
    return parent == kNoPathNode ? kBottom : raw(parent) + 1;
  }

  // A node's number is greater than its parent's.
  void sumUp() {
    for (std::uint32_t n = static_cast<std::uint32_t>(sums_.size()); n-- > 0;) {
      Sums& sums = sums_[n];
      sums.totalCount += sums.count;
      sums.totalSize += sums.size;
      if (n == kBottom) break;
      Sums& parent = sums_[parentOf(n)];
      parent.totalCount += sums.totalCount;
      parent.totalSize += sums.totalSize;
      parent.children.push_back(n);
    }
    for (Sums& sums : sums_) {
      std::ranges::sort(sums.children, [&](std::uint32_t a, std::uint32_t b) {
        return std::pair(sums_[b].totalSize, a) < std::pair(sums_[a].totalSize, b);
      });
    }
  }

  std::uint32_t nodeWith(std::string_view signature) const {
    for (std::uint32_t n = 1; n < sums_.size(); ++n) {
      if (tree_.signature(PathNode{n - 1}) == signature) return n;
    }
    return kNoIndex;
  }

  // By node: whether it is among the largest; a parent is never smaller than its child.
  std::vector<bool> largest(std::uint32_t bottom, std::uint32_t count) const {
    const auto smaller = [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(sums_[a].totalSize, b) < std::pair(sums_[b].totalSize, a);
    };
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(smaller)> queue(
        smaller);
    std::vector<bool> chosen(sums_.size());
    queue.push(bottom);
    for (std::uint32_t i = 0; i < count && !queue.empty(); ++i) {
      const std::uint32_t n = queue.top();
      queue.pop();
      chosen[n] = true;
      for (const std::uint32_t child : sums_[n].children) queue.push(child);
    }
    return chosen;
  }

  FlameNode describe(std::uint32_t n, const std::vector<bool>& chosen) const {
    FlameNode node;
    const Sums& sums = sums_[n];
    node.count = sums.count;
    node.size = sums.size;
    node.totalCount = sums.totalCount;
    node.totalSize = sums.totalSize;
    node.object = sums.object;
    node.hidden = static_cast<std::uint32_t>(
        std::ranges::count_if(sums.children, [&](std::uint32_t child) { return !chosen[child]; }));
    if (n == kBottom) {
      node.label = "reachable objects";
      return node;
    }
    std::string text = tree_.text(PathNode{n - 1});  // a line a step: label:type
    text.pop_back();
    const std::string_view line = std::string_view(text).substr(text.rfind('\n') + 1);
    const std::size_t colon = line.rfind(':');
    node.label = wording(line.substr(0, colon));
    node.type = line.substr(colon + 1);
    node.signature = tree_.signature(PathNode{n - 1});
    return node;
  }

  Flame lay(std::uint32_t bottom, const std::vector<bool>& chosen) const {
    Flame flame;
    flame.nodeCount = sums_.size();
    std::vector<std::pair<std::uint32_t, std::uint32_t>> todo{{bottom, kNoIndex}};
    while (!todo.empty()) {
      const auto [n, parent] = todo.back();
      todo.pop_back();
      if (!chosen[n]) continue;
      const auto position = static_cast<std::uint32_t>(flame.nodes.size());
      flame.nodes.push_back(describe(n, chosen));
      flame.nodes.back().parent = parent;
      const std::vector<std::uint32_t>& children = sums_[n].children;
      for (std::size_t i = children.size(); i-- > 0;) todo.emplace_back(children[i], position);
    }
    return flame;
  }

  const Analysis& a_;
  PathTree tree_;
  std::vector<Sums> sums_;
};

FlameTree::FlameTree(std::unique_ptr<Nodes> nodes) : nodes_(std::move(nodes)) {}
FlameTree::FlameTree(FlameTree&&) noexcept = default;
FlameTree& FlameTree::operator=(FlameTree&&) noexcept = default;
FlameTree::~FlameTree() = default;

Result<FlameTree> FlameTree::find(const Analysis& analysis, const RunControl& control) {
  auto nodes = std::make_unique<Nodes>(analysis);
  if (!nodes->find(control)) return fail(ErrorCode::Cancelled, "the flame graph was cancelled");
  return FlameTree(std::move(nodes));
}

Result<Flame> FlameTree::cut(const FlameOptions& options) const { return nodes_->cut(options); }

}  // namespace whyalive::heap
