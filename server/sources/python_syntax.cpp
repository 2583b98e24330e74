#include "server/sources/python_syntax.h"

#include <tree_sitter/api.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <unordered_map>
#include <utility>

extern "C" const TSLanguage* tree_sitter_python();

namespace whyalive::sources {
namespace {

// The grammar's symbol and field numbers, translated once into ours.
struct GrammarTables {
  std::vector<SyntaxKind> kinds;
  std::vector<SyntaxField> fields;

  GrammarTables() {
    const TSLanguage* language = tree_sitter_python();
    const std::uint32_t symbolCount = ts_language_symbol_count(language);
    kinds.assign(symbolCount, SyntaxKind::Other);
    for (std::uint32_t symbol = 0; symbol < symbolCount; ++symbol) {
      if (ts_language_symbol_type(language, static_cast<TSSymbol>(symbol)) != TSSymbolTypeRegular) {
        continue;
      }
      const char* name = ts_language_symbol_name(language, static_cast<TSSymbol>(symbol));
#define X(kind, text) \
  if (std::strcmp(name, text) == 0) kinds[symbol] = SyntaxKind::kind;
      WHYALIVE_SYNTAX_KINDS(X)
#undef X
    }
    const std::uint32_t fieldCount = ts_language_field_count(language);
    fields.assign(fieldCount + 1, SyntaxField::None);
    for (std::uint32_t field = 1; field <= fieldCount; ++field) {
      const char* name = ts_language_field_name_for_id(language, static_cast<TSFieldId>(field));
#define X(kind, text) \
  if (std::strcmp(name, text) == 0) fields[field] = SyntaxField::kind;
      WHYALIVE_SYNTAX_FIELDS(X)
#undef X
    }
  }

  SyntaxKind kindOf(TSNode node) const {
    const TSSymbol symbol = ts_node_symbol(node);
    if (symbol < kinds.size()) return kinds[symbol];
    return SyntaxKind::Error;  // tree-sitter's own symbol for what does not parse
  }
};

const GrammarTables& grammarTables() {
  static const GrammarTables tables;
  return tables;
}

// Python ends a line at a lone "\r" too; the grammar does not. Same length, so offsets stay.
bool hasLoneCarriageReturn(std::string_view text) {
  for (std::size_t at = text.find('\r'); at != std::string_view::npos;
       at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') return true;
  }
  return false;
}

std::string withNewlines(std::string_view text) {
  std::string copy(text);
  for (std::size_t i = 0; i < copy.size(); ++i) {
    if (copy[i] == '\r' && (i + 1 == copy.size() || copy[i + 1] != '\n')) copy[i] = '\n';
  }
  return copy;
}

class Cursor {
 public:
  explicit Cursor(TSNode node) : cursor_(ts_tree_cursor_new(node)) {}
  ~Cursor() { ts_tree_cursor_delete(&cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  TSNode node() const { return ts_tree_cursor_current_node(&cursor_); }
  TSFieldId field() const { return ts_tree_cursor_current_field_id(&cursor_); }
  bool down() { return ts_tree_cursor_goto_first_child(&cursor_); }
  bool right() { return ts_tree_cursor_goto_next_sibling(&cursor_); }
  bool up() { return ts_tree_cursor_goto_parent(&cursor_); }

 private:
  TSTreeCursor cursor_;
};

}  // namespace

void SyntaxTree::Delete::operator()(TSTree* tree) const { ts_tree_delete(tree); }
void PythonParser::Delete::operator()(TSParser* parser) const { ts_parser_delete(parser); }

void SyntaxTree::edit(std::uint32_t begin, std::uint32_t oldEnd, std::uint32_t newEnd,
                      Point beginPoint, Point oldEndPoint, Point newEndPoint) {
  if (!tree_) return;
  TSInputEdit change{};
  change.start_byte = begin;
  change.old_end_byte = oldEnd;
  change.new_end_byte = newEnd;
  change.start_point = {beginPoint.row, beginPoint.column};
  change.old_end_point = {oldEndPoint.row, oldEndPoint.column};
  change.new_end_point = {newEndPoint.row, newEndPoint.column};
  ts_tree_edit(tree_.get(), &change);
}

bool SyntaxTree::hasError() const {
  return !tree_ || ts_node_has_error(ts_tree_root_node(tree_.get()));
}

PythonParser::PythonParser() : parser_(ts_parser_new()) {
  if (!ts_parser_set_language(parser_.get(), tree_sitter_python())) {
    throw std::logic_error("the Python grammar does not fit this tree-sitter library");
  }
}
PythonParser::~PythonParser() = default;
PythonParser::PythonParser(PythonParser&&) noexcept = default;
PythonParser& PythonParser::operator=(PythonParser&&) noexcept = default;

SyntaxTree PythonParser::parse(std::string_view text, const SyntaxTree* old) {
  std::string copy;
  if (hasLoneCarriageReturn(text)) text = copy = withNewlines(text);
  const TSTree* base = old != nullptr ? old->tree_.get() : nullptr;
  SyntaxTree result;
  result.tree_.reset(ts_parser_parse_string(parser_.get(), base, text.data(),
                                            static_cast<std::uint32_t>(text.size())));
  return result;
}

SyntaxTree SyntaxTree::copy() const {
  SyntaxTree result;
  if (tree_) result.tree_.reset(ts_tree_copy(tree_.get()));
  return result;
}

Syntax Syntax::over(std::string_view text) const {
  Syntax result = *this;
  result.text_ = text;
  return result;
}

// One walk over a tree that notes its nodes in source order.
class Flattener {
 public:
  Flattener(const SyntaxTree& tree, std::string_view text, const Syntax* before)
      : text_(text),
        cursor_(ts_tree_root_node(tree.tree_.get())),
        nodes_(std::make_shared<Syntax::Nodes>()) {
    nodes_->entries.reserve(text.size() / 5 + 16);
    if (before == nullptr || !before->nodes_) return;
    before_ = before->nodes_.get();
    for (std::size_t i = 0; i < before_->definitions.size(); ++i) {
      known_.emplace(before_->definitions[i].id, i);
    }
  }

  Syntax run() {
    while (true) {
      definition_[depth_] = kNone;
      if (visit() && depth_ < Syntax::kMaxDepth && cursor_.down()) {
        ++depth_;
        parent_[depth_] = last_[depth_ - 1];
        last_[depth_] = 0;
        continue;
      }
      do {
        finishDefinition();
      } while (!cursor_.right() && leave());
      if (done_) return result();
    }
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // Notes the node; whether its children are to be walked.
  bool visit() {
    const GrammarTables& tables = grammarTables();
    const TSNode node = cursor_.node();
    const TSFieldId fieldId = cursor_.field();
    const SyntaxField field =
        fieldId < tables.fields.size() ? tables.fields[fieldId] : SyntaxField::None;
    if (!ts_node_is_named(node) && field == SyntaxField::None) return false;
    const SyntaxKind kind = tables.kindOf(node);
    if (kind == SyntaxKind::Comment) return false;
    auto& entries = nodes_->entries;
    const auto index = static_cast<std::uint32_t>(entries.size());
    const SyntaxEntry entry{ts_node_start_byte(node), ts_node_end_byte(node), 0, 0, kind, field};
    if (index != 0)
      (last_[depth_] == 0 ? entries[parent_[depth_]].child : entries[last_[depth_]].next) = index;
    last_[depth_] = index;
    const bool defines = kind == SyntaxKind::ClassDefinition ||
                         kind == SyntaxKind::FunctionDefinition ||
                         kind == SyntaxKind::DecoratedDefinition;
    if (defines && takeOver(node.id, entry)) return false;
    entries.push_back(entry);
    if (defines) {
      definition_[depth_] = nodes_->definitions.size();
      nodes_->definitions.push_back({node.id, index, 0, depth_});
    }
    return true;
  }

  // The very node of the tree before, perhaps moved: its nodes as they were noted then.
  bool takeOver(const void* id, const SyntaxEntry& entry) {
    const auto known = known_.find(id);
    if (known == known_.end()) return false;
    const Syntax::Definition& old = before_->definitions[known->second];
    const SyntaxEntry& then = before_->entries[old.index];
    const bool same = old.depth == depth_ && then.kind == entry.kind &&
                      then.end - then.begin == entry.end - entry.begin;
    if (!same) return false;
    auto& entries = nodes_->entries;
    const auto index = static_cast<std::uint32_t>(entries.size());
    const std::uint32_t moved = entry.begin - then.begin;  // modulo 2^32, as are the next ones
    const std::uint32_t shifted = index - old.index;
    for (std::uint32_t i = old.index; i < old.index + old.size; ++i) {
      SyntaxEntry copy = before_->entries[i];
      copy.begin += moved;
      copy.end += moved;
      if (copy.child != 0) copy.child += shifted;
      if (copy.next != 0) copy.next += shifted;
      entries.push_back(copy);
    }
    entries[index].next = 0;
    entries[index].field = entry.field;
    for (std::size_t i = known->second; i < before_->definitions.size(); ++i) {
      Syntax::Definition inner = before_->definitions[i];
      if (inner.index >= old.index + old.size) break;
      inner.index += shifted;
      nodes_->definitions.push_back(inner);
    }
    return true;
  }

  // The node at the cursor and all below it are noted.
  void finishDefinition() {
    if (definition_[depth_] == kNone) return;
    Syntax::Definition& one = nodes_->definitions[definition_[depth_]];
    one.size = static_cast<std::uint32_t>(nodes_->entries.size()) - one.index;
    definition_[depth_] = kNone;
  }

  bool leave() {
    if (depth_ == 0 || !cursor_.up()) {
      done_ = true;
      return false;
    }
    --depth_;
    return true;
  }

  Syntax result() {
    Syntax syntax;
    syntax.text_ = text_;
    syntax.entries_ = nodes_->entries.data();
    syntax.nodes_ = std::move(nodes_);
    return syntax;
  }

  std::string_view text_;
  Cursor cursor_;
  std::shared_ptr<Syntax::Nodes> nodes_;
  const Syntax::Nodes* before_ = nullptr;
  std::unordered_map<const void*, std::size_t> known_;  // definition of `before_` by identity
  std::uint32_t depth_ = 0;
  bool done_ = false;
  // Per depth: the node there that the next sibling hangs on (0 = none yet), and where it is noted
  // as a definition.
  std::array<std::uint32_t, Syntax::kMaxDepth + 1> parent_{};
  std::array<std::uint32_t, Syntax::kMaxDepth + 1> last_{};
  std::array<std::size_t, Syntax::kMaxDepth + 1> definition_{};
};

Syntax PythonParser::flatten(const SyntaxTree& tree, std::string_view text, const Syntax* before) {
  return tree ? Flattener(tree, text, before).run() : Syntax{};
}

}  // namespace whyalive::sources
