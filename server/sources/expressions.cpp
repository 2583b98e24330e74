#include "server/sources/expressions.h"

#include <algorithm>
#include <array>

#include "server/sources/dynamic_names.h"

namespace whyalive::sources {
namespace {

constexpr std::size_t kMaxElements = 8;  // of a literal; the rest tells nothing new

SyntaxNode innerOf(SyntaxNode node) { return node.firstChild(); }

bool isBytes(SyntaxNode string) {
  const SyntaxNode start = string.child(SyntaxKind::StringStart);
  return start && start.text().find_first_of("bB") != std::string_view::npos;
}

Value ofKind(ValueKind kind) {
  Value value;
  value.kind = kind;
  return value;
}

Value pathValue(Path path) {
  Value value;
  value.kind = ValueKind::Path;
  value.path = std::move(path);
  return value;
}

bool isText(const Value& value) {
  return value.kind == ValueKind::Str || value.kind == ValueKind::Bytes;
}
bool isSequence(const Value& value) {
  return value.kind == ValueKind::List || value.kind == ValueKind::Tuple;
}

Value binaryValue(SyntaxNode node) {
  const SyntaxNode left = node.child(SyntaxField::Left);
  const SyntaxNode right = node.child(SyntaxField::Right);
  if (!left || !right) return {};
  Value first = valueOf(left);
  if (isText(first) || isSequence(first)) return ofKind(first.kind);
  const Value second = valueOf(right);
  const bool adds =
      node.child(SyntaxField::Operator) && node.child(SyntaxField::Operator).text() == "+";
  if (adds && (isText(second) || isSequence(second))) return ofKind(second.kind);
  if (first.kind == ValueKind::Float || second.kind == ValueKind::Float) {
    return ofKind(ValueKind::Float);
  }
  if (first.kind == ValueKind::Int && second.kind == ValueKind::Int) return ofKind(ValueKind::Int);
  return {};
}

Value collection(ValueKind kind, SyntaxNode node) {
  Value value = ofKind(kind);
  for (SyntaxNode child = node.firstChild(); child && value.elements.size() < kMaxElements;
       child = child.next()) {
    if (child.kind() == SyntaxKind::Pair) {
      const SyntaxNode entry = child.child(SyntaxField::Value);
      value.elements.push_back(entry ? valueOf(entry) : Value{});
    } else if (child.kind() == SyntaxKind::ListSplat ||
               child.kind() == SyntaxKind::DictionarySplat) {
      value.elements.emplace_back();
    } else {
      value.elements.push_back(valueOf(child));
    }
  }
  return value;
}

Value comprehension(ValueKind kind, SyntaxNode node) {
  Value value = ofKind(kind);
  SyntaxNode body = node.child(SyntaxField::Body);
  if (body && body.kind() == SyntaxKind::Pair) body = body.child(SyntaxField::Value);
  if (body) value.elements.push_back(valueOf(body));
  return value;
}

Value choiceOf(SyntaxNode first, SyntaxNode second) {
  Value value = ofKind(ValueKind::Choice);
  if (first) value.elements.push_back(valueOf(first));
  if (second) value.elements.push_back(valueOf(second));
  return value;
}

Value conditionalValue(SyntaxNode node) {
  const SyntaxNode then = node.firstChild();
  const SyntaxNode condition = then ? then.next() : SyntaxNode{};
  return choiceOf(then, condition ? condition.next() : SyntaxNode{});
}

constexpr std::array<std::string_view, 7> kPassThrough = {"list",     "tuple", "set",      "sorted",
                                                          "reversed", "iter",  "frozenset"};

Path callPath(SyntaxNode node) {
  const SyntaxNode function = node.child(SyntaxField::Function);
  if (!function) return {};
  Path path = pathOf(function);
  const bool typingCast =
      (path.isName() && path.base == "cast") ||
      (path.base == "typing" && path.accesses.size() == 1 && path.accesses[0].name == "cast");
  const SyntaxNode first = positionalArgument(node, 0);
  const SyntaxNode second = positionalArgument(node, 1);
  if (typingCast && second) return pathOf(second);
  if (path.isName() && first) {
    if (path.base == "getattr" && second) {
      path = pathOf(first);
      path.accesses.push_back({AccessKind::Attribute, attributeNameOf(second)});
      return path;
    }
    if (!second && (path.base == "vars" || path.base == "type")) {
      const std::string_view name = path.base == "vars" ? "__dict__" : "__class__";
      path = pathOf(first);
      path.accesses.push_back({AccessKind::Attribute, name});
      return path;
    }
  }
  const bool asksForKey = first && !path.accesses.empty() && readsAnEntry(path.accesses.back());
  const bool told = asksForKey || (first && first.kind() == SyntaxKind::String);
  path.accesses.push_back({AccessKind::Call, told ? first.text() : std::string_view{}});
  return path;
}

}  // namespace

bool readsAnEntry(const Access& method) {
  return method.kind == AccessKind::Attribute &&
         (method.name == "setdefault" || method.name == "get" || method.name == "__getitem__");
}

std::string_view stringContent(SyntaxNode node) {
  if (!node || node.kind() != SyntaxKind::String) return {};
  const SyntaxNode content = node.child(SyntaxKind::StringContent);
  return content ? content.text() : std::string_view{};
}

SyntaxNode positionalArgument(SyntaxNode call, unsigned position) {
  const SyntaxNode arguments = call.child(SyntaxField::Arguments);
  if (!arguments || arguments.kind() != SyntaxKind::ArgumentList) return {};
  for (SyntaxNode node = arguments.firstChild(); node; node = node.next()) {
    if (node.kind() == SyntaxKind::ListSplat || node.kind() == SyntaxKind::DictionarySplat ||
        node.kind() == SyntaxKind::KeywordArgument) {
      return {};
    }
    if (position-- == 0) return node;
  }
  return {};
}

Path pathOf(SyntaxNode node) {
  if (!node) return {};
  switch (node.kind()) {
    case SyntaxKind::Identifier: return {node.text(), {}};
    case SyntaxKind::Attribute: {
      Path path = pathOf(node.child(SyntaxField::Object));
      const SyntaxNode name = node.child(SyntaxField::AttributeField);
      path.accesses.push_back({AccessKind::Attribute, name ? name.text() : std::string_view{}});
      return path;
    }
    case SyntaxKind::Subscript: {
      Path path = pathOf(node.child(SyntaxField::Value));
      const SyntaxNode key = node.child(SyntaxField::SubscriptField);
      path.accesses.push_back({AccessKind::Item, key ? key.text() : std::string_view{}});
      return path;
    }
    case SyntaxKind::Call: return callPath(node);
    case SyntaxKind::ParenthesizedExpression:
    case SyntaxKind::Await: return pathOf(innerOf(node));
    case SyntaxKind::NamedExpression: return pathOf(node.child(SyntaxField::Name));
    default: return {};
  }
}

Value valueOf(SyntaxNode node) {
  if (!node) return {};
  switch (node.kind()) {
    case SyntaxKind::None: return ofKind(ValueKind::NoneLiteral);
    case SyntaxKind::True:
    case SyntaxKind::False:
    case SyntaxKind::NotOperator:
    case SyntaxKind::ComparisonOperator: return ofKind(ValueKind::Bool);
    case SyntaxKind::Integer: return ofKind(ValueKind::Int);
    case SyntaxKind::Float: return ofKind(ValueKind::Float);
    case SyntaxKind::String: return ofKind(isBytes(node) ? ValueKind::Bytes : ValueKind::Str);
    case SyntaxKind::ConcatenatedString:
    case SyntaxKind::ParenthesizedExpression:
    case SyntaxKind::UnaryOperator: return valueOf(innerOf(node));
    case SyntaxKind::Tuple:
    case SyntaxKind::ExpressionList: return collection(ValueKind::Tuple, node);
    case SyntaxKind::List: return collection(ValueKind::List, node);
    case SyntaxKind::Set: return collection(ValueKind::Set, node);
    case SyntaxKind::Dictionary: return collection(ValueKind::Dict, node);
    case SyntaxKind::ListComprehension: return comprehension(ValueKind::List, node);
    case SyntaxKind::SetComprehension: return comprehension(ValueKind::Set, node);
    case SyntaxKind::DictionaryComprehension: return comprehension(ValueKind::Dict, node);
    case SyntaxKind::GeneratorExpression: return comprehension(ValueKind::Generator, node);
    case SyntaxKind::Lambda: return ofKind(ValueKind::Lambda);
    case SyntaxKind::ConditionalExpression: return conditionalValue(node);
    case SyntaxKind::BooleanOperator:
      return choiceOf(node.child(SyntaxField::Left), node.child(SyntaxField::Right));
    case SyntaxKind::BinaryOperator: return binaryValue(node);
    case SyntaxKind::NamedExpression: return valueOf(node.child(SyntaxField::Value));
    case SyntaxKind::Await: {
      Value value = valueOf(innerOf(node));
      value.awaited = true;
      return value;
    }
    case SyntaxKind::Identifier:
    case SyntaxKind::Attribute:
    case SyntaxKind::Subscript:
    case SyntaxKind::Call: return pathValue(pathOf(node));
    default: return {};
  }
}

Value elementOf(SyntaxNode iterable) {
  if (!iterable) return {};
  if (iterable.kind() == SyntaxKind::ParenthesizedExpression) return elementOf(innerOf(iterable));
  if (iterable.kind() == SyntaxKind::Call) {
    const Path callee = pathOf(iterable.child(SyntaxField::Function));
    const SyntaxNode first = positionalArgument(iterable, 0);
    if (callee.isName() && first) {
      if (std::ranges::find(kPassThrough, callee.base) != kPassThrough.end()) {
        return elementOf(first);
      }
      if (callee.base == "enumerate") {
        Value pair = ofKind(ValueKind::Tuple);
        pair.elements = {ofKind(ValueKind::Int), elementOf(first)};
        return pair;
      }
      return {};
    }
    if (callee.accesses.empty() || first) return {};
    const std::string_view method = callee.accesses.back().name;
    Path container = callee;
    container.accesses.back() = {AccessKind::Item, {}};
    if (method == "values") return pathValue(std::move(container));
    if (method == "items") {
      Value pair = ofKind(ValueKind::Tuple);
      pair.elements = {Value{}, pathValue(std::move(container))};
      return pair;
    }
    return {};
  }
  Value value = valueOf(iterable);
  if (value.kind == ValueKind::Path) {
    value.path.accesses.push_back({AccessKind::Item, {}});
    return value;
  }
  if (isSequence(value) || value.kind == ValueKind::Set) {
    value.kind = ValueKind::Choice;
    return value;
  }
  return {};
}

std::vector<SyntaxNode> choicesOf(SyntaxNode node) {
  if (!node || node.kind() != SyntaxKind::ParenthesizedExpression) return {node};
  const SyntaxNode inner = innerOf(node);
  if (!inner) return {node};
  if (inner.kind() == SyntaxKind::BooleanOperator) {
    return {inner.child(SyntaxField::Left), inner.child(SyntaxField::Right)};
  }
  if (inner.kind() != SyntaxKind::ConditionalExpression) return {node};
  const SyntaxNode then = inner.firstChild();
  const SyntaxNode condition = then ? then.next() : SyntaxNode{};
  const SyntaxNode otherwise = condition ? condition.next() : SyntaxNode{};
  return otherwise ? std::vector{then, otherwise} : std::vector{node};
}

ByteRange nameRangeOf(SyntaxNode node) {
  switch (node.kind()) {
    case SyntaxKind::Attribute:
      if (const SyntaxNode name = node.child(SyntaxField::AttributeField)) {
        return {name.begin(), name.end()};
      }
      break;
    case SyntaxKind::Subscript:
      if (const SyntaxNode value = node.child(SyntaxField::Value)) return nameRangeOf(value);
      break;
    case SyntaxKind::Call:
      if (const SyntaxNode function = node.child(SyntaxField::Function)) {
        if (function.kind() == SyntaxKind::Attribute) {
          return nameRangeOf(function.child(SyntaxField::Object));
        }
      }
      break;
    case SyntaxKind::ParenthesizedExpression:
      if (const SyntaxNode inner = innerOf(node)) return nameRangeOf(inner);
      break;
    default: break;
  }
  return {node.begin(), node.end()};
}

}  // namespace whyalive::sources
