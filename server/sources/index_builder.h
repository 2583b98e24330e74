// IndexBuilder: one walk over the syntax of a text that notes its facts; names are resolved after
// it, when every binding is known (name_resolution.h). Used by buildIndex() alone.
#pragma once

#include <string_view>

#include "server/sources/file_index.h"
#include "server/sources/python_syntax.h"

namespace whyalive::sources {

struct Mutator;

class IndexBuilder {
 public:
  explicit IndexBuilder(std::string_view text) : text_(text) {}

  FileIndex build(const Syntax& syntax);

 private:
  // Where in the program a node stands.
  struct Place {
    int function = -1;
    int cls = -1;  // directly in this class's body
    bool inLoop = false;
  };

  void visit(SyntaxNode node, Place place);
  void visitChildren(SyntaxNode node, Place place);

  void visitClass(SyntaxNode node, Place place, SyntaxNode decorated);
  void visitFunction(SyntaxNode node, Place place, SyntaxNode decorated);
  void visitLambda(SyntaxNode node, Place place);
  void visitDecorated(SyntaxNode node, Place place);
  void visitAssignment(SyntaxNode node, Place place);
  void visitTypeStatement(SyntaxNode node, Place place);
  void visitAugmented(SyntaxNode node, Place place);
  void visitCall(SyntaxNode node, Place place);
  void visitDelete(SyntaxNode node, Place place);
  void visitFor(SyntaxNode node, Place place);
  void visitComprehension(SyntaxNode node, Place place);
  void visitWithItem(SyntaxNode node, Place place);
  void visitExcept(SyntaxNode node, Place place);
  void visitImport(SyntaxNode node, Place place);
  void visitScopeDeclaration(SyntaxNode node, Place place);
  void visitReturn(SyntaxNode node, Place place);
  void visitNamedExpression(SyntaxNode node, Place place);
  void visitSubscript(SyntaxNode node, Place place);

  // Binds `target` (a name, attribute, item or pattern of them) to `value`.
  void bind(SyntaxNode target, const Value& value, SyntaxNode statement, Place place);
  void bindName(SyntaxNode target, const Value& value, SyntaxNode statement, Place place);
  void bindPattern(SyntaxNode pattern, const Value& value, SyntaxNode statement, Place place);
  void noteLocal(std::string_view name, Value value, std::uint32_t offset, Place place);

  // A container changed by the call `node`; `container` is the expression that holds it.
  void noteMutation(SyntaxNode node, const Path& callee, Place place);
  void noteMethod(const Mutator& method, SyntaxNode node, SyntaxNode container, int shift,
                  Place place);
  void noteSetattr(SyntaxNode node, Place place);
  void noteBoundMutator(SyntaxNode argument, Place place);
  Use& addUse(UseKind kind, Path path, std::string_view how, SyntaxNode range, ByteRange name,
              Place place);
  void addCall(SyntaxNode node, Path callee, Place place);
  void suspend(SuspensionKind kind, SyntaxNode node, Place place);

  void readParameters(SyntaxNode list, FunctionFact& function, Place place);
  std::vector<Decorator> decoratorsOf(SyntaxNode decorated);
  std::string qualnameOf(std::string_view name, Place place) const;
  void nameReceiver(FunctionFact& function) const;

  std::string_view text_;
  FileIndex index_;
};

}  // namespace whyalive::sources
