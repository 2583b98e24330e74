#include "server/sources/python_syntax.h"

#include <tree_sitter/api.h>

#include <array>
#include <cstring>
#include <stdexcept>

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

Syntax PythonParser::flatten(const SyntaxTree& tree, std::string_view text) {
  Syntax syntax;
  syntax.text_ = text;
  if (!tree) return syntax;
  const GrammarTables& tables = grammarTables();
  syntax.nodes_.reserve(text.size() / 5 + 16);
  // Per depth: the kept node there that the next kept sibling hangs on (0 = none yet).
  std::array<std::uint32_t, Syntax::kMaxDepth + 1> parent{};
  std::array<std::uint32_t, Syntax::kMaxDepth + 1> last{};
  Cursor cursor(ts_tree_root_node(tree.tree_.get()));
  std::uint32_t depth = 0;
  while (true) {
    const TSNode node = cursor.node();
    const TSFieldId fieldId = cursor.field();
    const SyntaxField field =
        fieldId < tables.fields.size() ? tables.fields[fieldId] : SyntaxField::None;
    const bool keep = ts_node_is_named(node) || field != SyntaxField::None;
    const SyntaxKind kind = keep ? tables.kindOf(node) : SyntaxKind::Other;
    if (keep && kind != SyntaxKind::Comment) {
      const auto index = static_cast<std::uint32_t>(syntax.nodes_.size());
      syntax.nodes_.push_back(
          {ts_node_start_byte(node), ts_node_end_byte(node), 0, 0, kind, field});
      if (index != 0) {
        if (last[depth] == 0) {
          syntax.nodes_[parent[depth]].child = index;
        } else {
          syntax.nodes_[last[depth]].next = index;
        }
      }
      last[depth] = index;
      if (depth < Syntax::kMaxDepth && cursor.down()) {
        ++depth;
        parent[depth] = index;
        last[depth] = 0;
        continue;
      }
    }
    while (!cursor.right()) {
      if (depth == 0 || !cursor.up()) return syntax;
      --depth;
    }
    if (depth == 0) return syntax;
  }
}

}  // namespace whyalive::sources
