#include "server/sources/index_builder.h"

#include <algorithm>

#include "server/sources/expressions.h"
#include "server/sources/name_resolution.h"

namespace whyalive::sources {
namespace {

ByteRange rangeOf(SyntaxNode node) { return {node.begin(), node.end()}; }

bool startsAsync(SyntaxNode node) { return node.text().starts_with("async"); }

}  // namespace

FileIndex buildIndex(const Syntax& syntax, std::string_view text) {
  return IndexBuilder(text).build(syntax);
}

FileIndex IndexBuilder::build(const Syntax& syntax) {
  if (syntax.root()) visit(syntax.root(), {});
  for (FunctionFact& function : index_.functions) {
    std::ranges::sort(function.reads);
    const auto rest = std::ranges::unique(function.reads);
    function.reads.erase(rest.begin(), rest.end());
  }
  resolveUses(index_, text_);
  return std::move(index_);
}

void IndexBuilder::visitChildren(SyntaxNode node, Place place) {
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) visit(child, place);
}

void IndexBuilder::visit(SyntaxNode node, Place place) {
  switch (node.kind()) {
    case SyntaxKind::ClassDefinition: return visitClass(node, place, {});
    case SyntaxKind::FunctionDefinition: return visitFunction(node, place, {});
    case SyntaxKind::DecoratedDefinition: return visitDecorated(node, place);
    case SyntaxKind::Lambda: return visitLambda(node, place);
    case SyntaxKind::Assignment: return visitAssignment(node, place);
    case SyntaxKind::TypeAlias: return visitTypeStatement(node, place);
    case SyntaxKind::AugmentedAssignment: return visitAugmented(node, place);
    case SyntaxKind::NamedExpression: return visitNamedExpression(node, place);
    case SyntaxKind::Call: return visitCall(node, place);
    case SyntaxKind::Subscript: return visitSubscript(node, place);
    case SyntaxKind::DeleteStatement: return visitDelete(node, place);
    case SyntaxKind::ForStatement: return visitFor(node, place);
    case SyntaxKind::WhileStatement: place.inLoop = true; return visitChildren(node, place);
    case SyntaxKind::ListComprehension:
    case SyntaxKind::SetComprehension:
    case SyntaxKind::DictionaryComprehension:
    case SyntaxKind::GeneratorExpression: return visitComprehension(node, place);
    case SyntaxKind::WithStatement:
      if (startsAsync(node)) suspend(SuspensionKind::AsyncWith, node, place);
      return visitChildren(node, place);
    case SyntaxKind::WithItem: return visitWithItem(node, place);
    case SyntaxKind::ExceptClause: return visitExcept(node, place);
    case SyntaxKind::Await:
      suspend(SuspensionKind::Await, node, place);
      return visitChildren(node, place);
    case SyntaxKind::Yield: {
      const std::string_view words = node.text().substr(0, 16);
      const bool from = words.size() > 6 &&
                        words.substr(5).find("from") != std::string_view::npos &&
                        words.find_first_not_of(" \t\\\r\n", 5) == words.find("from", 5);
      suspend(from ? SuspensionKind::YieldFrom : SuspensionKind::Yield, node, place);
      return visitChildren(node, place);
    }
    case SyntaxKind::ReturnStatement: return visitReturn(node, place);
    case SyntaxKind::ImportStatement:
    case SyntaxKind::ImportFromStatement: return visitImport(node, place);
    case SyntaxKind::GlobalStatement:
    case SyntaxKind::NonlocalStatement: return visitScopeDeclaration(node, place);
    case SyntaxKind::Attribute:
      if (const SyntaxNode object = node.child(SyntaxField::Object)) visit(object, place);
      return;
    case SyntaxKind::KeywordArgument:
      if (const SyntaxNode value = node.child(SyntaxField::Value)) visit(value, place);
      return;
    case SyntaxKind::Identifier:
      if (place.function >= 0) {
        index_.functions[static_cast<std::size_t>(place.function)].reads.push_back(node.text());
      }
      return;
    case SyntaxKind::Type:
    case SyntaxKind::String:
      if (node.kind() == SyntaxKind::String) visitChildren(node, place);  // f-strings
      return;
    default: return visitChildren(node, place);
  }
}

// keyword.

void IndexBuilder::visitReturn(SyntaxNode node, Place place) {
  const SyntaxNode value = node.firstChild();
  if (!value) return;
  if (place.function >= 0) {
    index_.functions[static_cast<std::size_t>(place.function)].returns.push_back(valueOf(value));
  }
  visit(value, place);
}

void IndexBuilder::visitScopeDeclaration(SyntaxNode node, Place place) {
  if (place.function < 0) return;
  FunctionFact& function = index_.functions[static_cast<std::size_t>(place.function)];
  auto& names = node.kind() == SyntaxKind::GlobalStatement ? function.globals : function.nonlocals;
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    names.push_back(child.text());
  }
}

void IndexBuilder::visitImport(SyntaxNode node, Place place) {
  const SyntaxNode from = node.child(SyntaxField::ModuleName);
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    if (child.field() != SyntaxField::Name) continue;
    SyntaxNode name = child;
    SyntaxNode alias;
    if (child.kind() == SyntaxKind::AliasedImport) {
      name = child.child(SyntaxField::Name);
      alias = child.child(SyntaxField::Alias);
    }
    if (!name) continue;
    Import import;
    import.function = place.function;
    import.range = rangeOf(node);
    import.local = alias ? alias.text() : name.text();
    if (from) {
      import.module = std::string(from.text());
      import.member = name.text();
    } else {
      // `import a.b` binds `a`; `import a.b as c` binds the inner module.
      const std::string_view top = name.text().substr(0, name.text().find('.'));
      import.module = std::string(alias ? name.text() : top);
      if (!alias) import.local = top;
    }
    index_.imports.push_back(std::move(import));
  }
}

void IndexBuilder::suspend(SuspensionKind kind, SyntaxNode node, Place place) {
  if (place.function < 0) return;
  index_.functions[static_cast<std::size_t>(place.function)].suspensions.push_back(
      {kind, rangeOf(node)});
}

}  // namespace whyalive::sources
