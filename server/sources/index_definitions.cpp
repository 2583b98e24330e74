// The part of IndexBuilder that looks at classes, functions and their parameters.
#include <algorithm>

#include "server/sources/expressions.h"
#include "server/sources/index_builder.h"

namespace whyalive::sources {
namespace {

ByteRange rangeOf(SyntaxNode node) { return {node.begin(), node.end()}; }

bool startsAsync(SyntaxNode node) { return node.text().starts_with("async"); }

}  // namespace

std::string IndexBuilder::qualnameOf(std::string_view name, Place place) const {
  std::string prefix;
  if (place.cls >= 0) {
    prefix = index_.classes[static_cast<std::size_t>(place.cls)].qualname + ".";
  } else if (place.function >= 0) {
    prefix = index_.functions[static_cast<std::size_t>(place.function)].qualname + ".<locals>.";
  }
  return prefix.append(name);
}

void IndexBuilder::visitDecorated(SyntaxNode node, Place place) {
  const SyntaxNode definition = node.child(SyntaxField::Definition);
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    if (child.kind() == SyntaxKind::Decorator) visitChildren(child, place);
  }
  if (!definition) return;
  if (definition.kind() == SyntaxKind::ClassDefinition) {
    visitClass(definition, place, node);
  } else {
    visitFunction(definition, place, node);
  }
}

std::vector<Decorator> IndexBuilder::decoratorsOf(SyntaxNode decorated) {
  std::vector<Decorator> decorators;
  if (!decorated) return decorators;
  for (SyntaxNode child = decorated.firstChild(); child; child = child.next()) {
    if (child.kind() != SyntaxKind::Decorator || !child.firstChild()) continue;
    Decorator decorator;
    decorator.path = pathOf(child.firstChild());
    decorator.called = decorator.path.isCall();
    if (decorator.called) decorator.path.accesses.pop_back();
    decorator.range = rangeOf(child);
    decorators.push_back(std::move(decorator));
  }
  return decorators;
}

void IndexBuilder::visitClass(SyntaxNode node, Place place, SyntaxNode decorated) {
  const SyntaxNode name = node.child(SyntaxField::Name);
  if (!name || name.text().empty()) return visitChildren(node, place);
  ClassFact fact;
  fact.name = name.text();
  fact.qualname = qualnameOf(fact.name, place);
  fact.nameRange = rangeOf(name);
  fact.range = rangeOf(decorated ? decorated : node);
  fact.function = place.function;
  fact.outer = place.cls;
  fact.decorators = decoratorsOf(decorated);
  if (const SyntaxNode bases = node.child(SyntaxField::Superclasses)) {
    for (SyntaxNode base = bases.firstChild(); base; base = base.next()) {
      if (base.kind() != SyntaxKind::KeywordArgument) fact.bases.push_back(pathOf(base));
    }
    visitChildren(bases, place);
  }
  noteLocal(fact.name, {}, node.begin(), place);
  const int number = static_cast<int>(index_.classes.size());
  index_.classes.push_back(std::move(fact));
  if (const SyntaxNode body = node.child(SyntaxField::Body)) {
    visitChildren(body, {place.function, number, false});
  }
}

void IndexBuilder::nameReceiver(FunctionFact& function) const {
  if (function.cls < 0 || function.parameters.empty()) return;
  const auto decoratedWith = [&](std::string_view name) {
    return std::ranges::any_of(function.decorators, [&](const Decorator& one) {
      return one.path.isName() && one.path.base == name;
    });
  };
  if (decoratedWith("staticmethod")) return;
  const std::string_view first = function.parameters.front().name;
  const bool ofClass = decoratedWith("classmethod") || function.name == "__new__" ||
                       function.name == "__init_subclass__" || function.name == "__class_getitem__";
  (ofClass ? function.classNameParameter : function.selfName) = first;
}

void IndexBuilder::readParameters(SyntaxNode list, FunctionFact& function, Place place) {
  if (!list) return;
  for (SyntaxNode node = list.firstChild(); node; node = node.next()) {
    Parameter parameter;
    parameter.range = rangeOf(node);
    SyntaxNode name = node;
    if (node.kind() == SyntaxKind::DefaultParameter ||
        node.kind() == SyntaxKind::TypedDefaultParameter) {
      name = node.child(SyntaxField::Name);
      parameter.hasDefault = true;
      if (const SyntaxNode value = node.child(SyntaxField::Value)) {
        parameter.defaultValue = valueOf(value);
        visit(value, place);  // evaluated where the function is defined
      }
    } else if (node.kind() == SyntaxKind::TypedParameter) {
      name = node.firstChild();
    }
    if (name && (name.kind() == SyntaxKind::ListSplatPattern ||
                 name.kind() == SyntaxKind::DictionarySplatPattern)) {
      const bool list_ = name.kind() == SyntaxKind::ListSplatPattern;
      parameter.defaultValue.kind = list_ ? ValueKind::Tuple : ValueKind::Dict;
      name = name.firstChild();
    }
    if (!name || name.kind() != SyntaxKind::Identifier) continue;
    parameter.name = name.text();
    if (const SyntaxNode type = node.child(SyntaxField::TypeField)) {
      parameter.annotation = type.text();
    }
    function.parameters.push_back(std::move(parameter));
  }
}

void IndexBuilder::visitFunction(SyntaxNode node, Place place, SyntaxNode decorated) {
  const SyntaxNode name = node.child(SyntaxField::Name);
  if (!name || name.text().empty()) return visitChildren(node, place);
  FunctionFact fact;
  fact.name = name.text();
  fact.qualname = qualnameOf(fact.name, place);
  fact.nameRange = rangeOf(name);
  fact.range = rangeOf(decorated ? decorated : node);
  fact.defOffset = node.begin();
  fact.cls = place.cls;
  fact.outer = place.function;
  fact.isAsync = startsAsync(node);
  fact.decorators = decoratorsOf(decorated);
  readParameters(node.child(SyntaxField::ParametersField), fact, place);
  nameReceiver(fact);
  Value itself;
  itself.kind = ValueKind::Lambda;
  noteLocal(fact.name, std::move(itself), node.begin(), place);
  const int number = static_cast<int>(index_.functions.size());
  index_.functions.push_back(std::move(fact));
  if (const SyntaxNode body = node.child(SyntaxField::Body))
    visitChildren(body, {number, -1, false});
}

void IndexBuilder::visitLambda(SyntaxNode node, Place place) {
  FunctionFact fact;
  fact.name = "<lambda>";
  fact.qualname = qualnameOf(fact.name, place);
  fact.range = rangeOf(node);
  fact.nameRange = {node.begin(), std::min(node.end(), node.begin() + 6)};
  fact.defOffset = node.begin();
  fact.outer = place.function;
  fact.isLambda = true;
  readParameters(node.child(SyntaxField::ParametersField), fact, place);
  const SyntaxNode body = node.child(SyntaxField::Body);
  if (body) fact.returns.push_back(valueOf(body));
  const int number = static_cast<int>(index_.functions.size());
  index_.functions.push_back(std::move(fact));
  if (body) visit(body, {number, -1, false});
}

}  // namespace whyalive::sources
