#include "server/sources/python_syntax.h"

#include <tree_sitter/api.h>

#include <array>
#include <cstring>
#include <stdexcept>
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

bool SyntaxTree::hasError() const {
  return !tree_ || ts_node_has_error(ts_tree_root_node(tree_.get()));
}

PythonParser::PythonParser() { renew(); }
PythonParser::~PythonParser() = default;
PythonParser::PythonParser(PythonParser&&) noexcept = default;
PythonParser& PythonParser::operator=(PythonParser&&) noexcept = default;

void PythonParser::renew() {
  parser_.reset(ts_parser_new());
  if (!ts_parser_set_language(parser_.get(), tree_sitter_python())) {
    throw std::logic_error("the Python grammar does not fit this tree-sitter library");
  }
}

SyntaxTree PythonParser::parse(std::string_view text) {
  std::string copy;
  if (hasLoneCarriageReturn(text)) text = copy = withNewlines(text);
  SyntaxTree result;
  result.tree_.reset(ts_parser_parse_string(parser_.get(), nullptr, text.data(),
                                            static_cast<std::uint32_t>(text.size())));
  // The grammar's scanner remembers an f-string that was never closed into the next text.
  if (result.hasError()) renew();
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
  Flattener(const SyntaxTree& tree, std::string_view text)
      : text_(text),
        cursor_(ts_tree_root_node(tree.tree_.get())),
        nodes_(std::make_shared<std::vector<SyntaxEntry>>()) {
    nodes_->reserve(text.size() / 5 + 16);
  }

  Syntax run() {
    while (true) {
      if (visit() && depth_ < Syntax::kMaxDepth && cursor_.down()) {
        ++depth_;
        parent_[depth_] = last_[depth_ - 1];
        last_[depth_] = 0;
        continue;
      }
      while (!cursor_.right() && leave()) {
      }
      if (done_) return result();
    }
  }

 private:
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
    auto& entries = *nodes_;
    const auto index = static_cast<std::uint32_t>(entries.size());
    const SyntaxEntry entry{ts_node_start_byte(node), ts_node_end_byte(node), 0, 0, kind, field};
    if (index != 0)
      (last_[depth_] == 0 ? entries[parent_[depth_]].child : entries[last_[depth_]].next) = index;
    last_[depth_] = index;
    entries.push_back(entry);
    return true;
  }

  bool leave() {
    if (depth_ == 0 || !cursor_.up()) {
      done_ = true;
      return false;
    }
    --depth_;
    return true;
  }

  Syntax result() { return {text_, std::move(nodes_)}; }

  std::string_view text_;
  Cursor cursor_;
  std::shared_ptr<std::vector<SyntaxEntry>> nodes_;
  std::uint32_t depth_ = 0;
  bool done_ = false;
  // Per depth: the parent, and the node that the next sibling hangs on (0 = none yet).
  std::array<std::uint32_t, Syntax::kMaxDepth + 1> parent_{};
  std::array<std::uint32_t, Syntax::kMaxDepth + 1> last_{};
};

Syntax PythonParser::flatten(const SyntaxTree& tree, std::string_view text) {
  return tree ? Flattener(tree, text).run() : Syntax{};
}

}  // namespace whyalive::sources
