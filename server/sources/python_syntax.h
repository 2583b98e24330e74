// The syntax of one Python text as a flat, frozen tree: what the index is built from.
//
// tree-sitter does the parsing (never failing on broken text) and stays behind this
// header; the rest of the layer sees only named nodes and operators, in source order. Nodes deeper
// than `kMaxDepth` are cut off so that every walk may recurse. Offsets are bytes of the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct TSParser;
struct TSTree;

namespace whyalive::sources {

// Node kinds that the index looks at, with the grammar's name for each.
// clang-format off
#define WHYALIVE_SYNTAX_KINDS(X) \
  X(Module, "module") X(ExpressionStatement, "expression_statement") X(Block, "block") \
  X(ClassDefinition, "class_definition") X(FunctionDefinition, "function_definition") \
  X(DecoratedDefinition, "decorated_definition") X(Decorator, "decorator") X(Lambda, "lambda") \
  X(LambdaParameters, "lambda_parameters") X(Parameters, "parameters") \
  X(DefaultParameter, "default_parameter") X(TypedParameter, "typed_parameter") \
  X(TypedDefaultParameter, "typed_default_parameter") X(ListSplatPattern, "list_splat_pattern") \
  X(DictionarySplatPattern, "dictionary_splat_pattern") X(ListSplat, "list_splat") \
  X(DictionarySplat, "dictionary_splat") X(Assignment, "assignment") \
  X(AugmentedAssignment, "augmented_assignment") X(NamedExpression, "named_expression") \
  X(Call, "call") X(ArgumentList, "argument_list") X(KeywordArgument, "keyword_argument") \
  X(Attribute, "attribute") X(Subscript, "subscript") X(Slice, "slice") \
  X(Identifier, "identifier") X(String, "string") X(ConcatenatedString, "concatenated_string") \
  X(StringContent, "string_content") X(StringStart, "string_start") X(Integer, "integer") \
  X(Float, "float") X(True, "true") X(False, "false") X(None, "none") X(Tuple, "tuple") \
  X(List, "list") X(Set, "set") X(Dictionary, "dictionary") X(Pair, "pair") \
  X(ListComprehension, "list_comprehension") X(SetComprehension, "set_comprehension") \
  X(DictionaryComprehension, "dictionary_comprehension") \
  X(GeneratorExpression, "generator_expression") X(ForInClause, "for_in_clause") \
  X(ParenthesizedExpression, "parenthesized_expression") X(ExpressionList, "expression_list") \
  X(PatternList, "pattern_list") X(TuplePattern, "tuple_pattern") \
  X(ListPattern, "list_pattern") X(ConditionalExpression, "conditional_expression") \
  X(BooleanOperator, "boolean_operator") X(BinaryOperator, "binary_operator") \
  X(UnaryOperator, "unary_operator") X(ComparisonOperator, "comparison_operator") \
  X(NotOperator, "not_operator") X(Await, "await") X(Yield, "yield") \
  X(ReturnStatement, "return_statement") X(DeleteStatement, "delete_statement") \
  X(ForStatement, "for_statement") X(WhileStatement, "while_statement") \
  X(WithStatement, "with_statement") X(WithItem, "with_item") X(AsPattern, "as_pattern") \
  X(AsPatternTarget, "as_pattern_target") X(IfStatement, "if_statement") \
  X(ExceptClause, "except_clause") X(GlobalStatement, "global_statement") \
  X(NonlocalStatement, "nonlocal_statement") X(ImportStatement, "import_statement") \
  X(ImportFromStatement, "import_from_statement") X(AliasedImport, "aliased_import") \
  X(DottedName, "dotted_name") X(RelativeImport, "relative_import") \
  X(TypeAlias, "type_alias_statement") X(Type, "type") X(Comment, "comment")

#define WHYALIVE_SYNTAX_FIELDS(X) \
  X(Name, "name") X(Body, "body") X(Superclasses, "superclasses") \
  X(ParametersField, "parameters") X(Definition, "definition") X(Left, "left") \
  X(Right, "right") X(TypeField, "type") X(Operator, "operator") X(Operators, "operators") \
  X(Object, "object") X(AttributeField, "attribute") X(Value, "value") \
  X(SubscriptField, "subscript") X(Function, "function") X(Arguments, "arguments") \
  X(Key, "key") X(Condition, "condition") X(Consequence, "consequence") \
  X(Alternative, "alternative") X(Alias, "alias") X(ModuleName, "module_name") \
  X(ReturnType, "return_type")
// clang-format on

enum class SyntaxKind : std::uint8_t {
  Other,
  Error,
#define X(name, text) name,
  WHYALIVE_SYNTAX_KINDS(X)
#undef X
};

enum class SyntaxField : std::uint8_t {
  None,
#define X(name, text) name,
  WHYALIVE_SYNTAX_FIELDS(X)
#undef X
};

class Syntax;

struct SyntaxEntry {
  std::uint32_t begin, end;
  std::uint32_t child, next;  // 0: none (the root is nobody's child)
  SyntaxKind kind;
  SyntaxField field;
};

// A handle on one node. The absent node is false, of kind Other, empty and without children.
// Valid as long as its Syntax.
class SyntaxNode {
 public:
  SyntaxNode() = default;
  SyntaxNode(const Syntax* syntax, std::uint32_t index) : syntax_(syntax), index_(index) {}

  explicit operator bool() const { return syntax_ != nullptr; }
  SyntaxKind kind() const;
  SyntaxField field() const;
  std::uint32_t begin() const;
  std::uint32_t end() const;
  std::string_view text() const;
  SyntaxNode firstChild() const;
  SyntaxNode next() const;  // sibling
  SyntaxNode child(SyntaxField field) const;
  SyntaxNode child(SyntaxKind kind) const;

 private:
  const SyntaxEntry& entry() const;

  const Syntax* syntax_ = nullptr;
  std::uint32_t index_ = 0;
};

// Cheap to copy: the nodes are shared.
class Syntax {
 public:
  static constexpr std::uint32_t kMaxDepth = 400;

  Syntax() = default;

  SyntaxNode root() const { return size() == 0 ? SyntaxNode{} : SyntaxNode{this, 0}; }
  std::size_t size() const { return nodes_ ? nodes_->size() : 0; }

  // The same nodes over another copy of the text, which must outlive the result.
  Syntax over(std::string_view text) const;

 private:
  friend class SyntaxNode;
  friend class Flattener;
  friend class PieceSyntax;
  friend class SyntaxJoiner;

  Syntax(std::string_view text, std::shared_ptr<const std::vector<SyntaxEntry>> nodes)
      : text_(text), nodes_(std::move(nodes)), entries_(nodes_->data()) {}

  std::string_view text_;
  std::shared_ptr<const std::vector<SyntaxEntry>> nodes_;
  const SyntaxEntry* entries_ = nullptr;
};

// tree-sitter's own tree of a text.
class SyntaxTree {
 public:
  SyntaxTree() = default;

  explicit operator bool() const { return tree_ != nullptr; }
  // Whether some of the text does not parse.
  bool hasError() const;

 private:
  friend class PythonParser;
  friend class Flattener;
  struct Delete {
    void operator()(TSTree* tree) const;
  };
  std::unique_ptr<TSTree, Delete> tree_;
};

class PythonParser {
 public:
  // Throws std::logic_error when the grammar was built for another tree-sitter: a broken build.
  PythonParser();
  ~PythonParser();
  PythonParser(PythonParser&&) noexcept;
  PythonParser& operator=(PythonParser&&) noexcept;

  SyntaxTree parse(std::string_view text);

  // `text` must outlive the result and be what `tree` was parsed from.
  static Syntax flatten(const SyntaxTree& tree, std::string_view text);

 private:
  struct Delete {
    void operator()(TSParser* parser) const;
  };
  void renew();

  std::unique_ptr<TSParser, Delete> parser_;
};

inline const SyntaxEntry& SyntaxNode::entry() const {
  static constexpr SyntaxEntry kNothing{0, 0, 0, 0, SyntaxKind::Other, SyntaxField::None};
  return syntax_ == nullptr ? kNothing : syntax_->entries_[index_];
}
inline SyntaxKind SyntaxNode::kind() const { return entry().kind; }
inline SyntaxField SyntaxNode::field() const { return entry().field; }
inline std::uint32_t SyntaxNode::begin() const { return entry().begin; }
inline std::uint32_t SyntaxNode::end() const { return entry().end; }
inline std::string_view SyntaxNode::text() const {
  return syntax_ == nullptr ? std::string_view{} : syntax_->text_.substr(begin(), end() - begin());
}
inline SyntaxNode SyntaxNode::firstChild() const {
  const std::uint32_t at = entry().child;
  return at == 0 ? SyntaxNode{} : SyntaxNode{syntax_, at};
}
inline SyntaxNode SyntaxNode::next() const {
  const std::uint32_t at = entry().next;
  return at == 0 ? SyntaxNode{} : SyntaxNode{syntax_, at};
}
inline SyntaxNode SyntaxNode::child(SyntaxField field) const {
  for (SyntaxNode node = firstChild(); node; node = node.next()) {
    if (node.field() == field) return node;
  }
  return {};
}
inline SyntaxNode SyntaxNode::child(SyntaxKind kind) const {
  for (SyntaxNode node = firstChild(); node; node = node.next()) {
    if (node.kind() == kind) return node;
  }
  return {};
}

}  // namespace whyalive::sources
