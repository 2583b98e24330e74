// The part of IndexBuilder that looks at what binds names and what changes containers by syntax.
#include <algorithm>

#include "server/sources/expressions.h"
#include "server/sources/index_builder.h"

namespace whyalive::sources {
namespace {

ByteRange rangeOf(SyntaxNode node) { return {node.begin(), node.end()}; }

bool startsAsync(SyntaxNode node) { return node.text().starts_with("async"); }

bool isLiteralSplat(SyntaxNode node, std::string_view name) {
  if (node.kind() != SyntaxKind::ListSplat && node.kind() != SyntaxKind::DictionarySplat) {
    return false;
  }
  const SyntaxNode inner = node.firstChild();
  return inner && inner.text() == name;
}

// x.__dict__[name] = value binds an attribute.
bool namesAttribute(const Path& item) {
  return item.accesses.size() >= 2 && item.accesses[item.accesses.size() - 2].name == "__dict__";
}

// Functions that make a copy or a number of their argument rather than something that holds it.
bool onlyConverts(std::string_view callee) {
  static constexpr std::string_view kNames[] = {
      "sorted", "list",  "tuple", "set",   "frozenset", "len",  "max",  "min",
      "int",    "float", "str",   "bytes", "abs",       "next", "iter", "reversed",
      "deque",  "sum",   "bool",  "round", "filter",    "copy", "repr", "isinstance"};
  return std::ranges::find(kNames, callee) != std::end(kNames);
}

// x.union(…), scope.new_child(…): a new value with what the old one holds.
bool makesLarger(SyntaxNode function, std::string_view name) {
  static constexpr std::string_view kMethods[] = {"new_child", "union",  "append", "concat",
                                                  "add",       "extend", "assoc",  "set"};
  if (!function || function.kind() != SyntaxKind::Attribute) return false;
  const SyntaxNode object = function.child(SyntaxField::Object);
  const SyntaxNode method = function.child(SyntaxField::AttributeField);
  return object && method && object.text() == name &&
         std::ranges::find(kMethods, method.text()) != std::end(kMethods);
}

// [old, new], (old, new)
bool lists(SyntaxNode display, std::string_view name) {
  if (display.kind() != SyntaxKind::List && display.kind() != SyntaxKind::Tuple) return false;
  for (SyntaxNode child = display.firstChild(); child; child = child.next()) {
    if (child.text() == name) return true;
  }
  return false;
}

// x = x + […], x = [*x, y], x = {**x, …}, x = Node(…, x): the new value keeps the old one's
// entries.
bool rebuildsFrom(SyntaxNode right, std::string_view name) {
  switch (right.kind()) {
    case SyntaxKind::BinaryOperator: {
      const SyntaxNode left = right.child(SyntaxField::Left);
      const SyntaxNode sign = right.child(SyntaxField::Operator);
      if (!left || !sign || (sign.text() != "+" && sign.text() != "|")) return false;
      return left.text() == name ||
             (left.kind() == SyntaxKind::BinaryOperator && rebuildsFrom(left, name));
    }
    case SyntaxKind::List:
    case SyntaxKind::Dictionary:
    case SyntaxKind::Set:
    case SyntaxKind::Tuple:
      for (SyntaxNode child = right.firstChild(); child; child = child.next()) {
        if (isLiteralSplat(child, name) || child.text() == name) return true;
      }
      return false;
    case SyntaxKind::Call: {
      const SyntaxNode arguments = right.child(SyntaxField::Arguments);
      const Path callee = pathOf(right.child(SyntaxField::Function));
      if (!arguments || (callee.isName() && onlyConverts(callee.base))) return false;
      if (makesLarger(right.child(SyntaxField::Function), name)) return true;
      for (SyntaxNode child = arguments.firstChild(); child; child = child.next()) {
        const SyntaxNode value =
            child.kind() == SyntaxKind::KeywordArgument ? child.child(SyntaxField::Value) : child;
        if (value && (value.text() == name || lists(value, name))) return true;
      }
      return false;
    }
    default: return false;
  }
}

SyntaxNode aliasedName(SyntaxNode target) {
  if (target && target.kind() == SyntaxKind::AsPatternTarget) return target.firstChild();
  return target;
}

}  // namespace

void IndexBuilder::noteLocal(std::string_view name, Value value, std::uint32_t offset,
                             Place place) {
  if (place.cls >= 0) return;
  LocalBinding binding{name, std::move(value), offset};
  if (place.function < 0) {
    index_.globals.push_back(std::move(binding));
  } else {
    index_.functions[static_cast<std::size_t>(place.function)].locals.push_back(std::move(binding));
  }
}

Use& IndexBuilder::addUse(UseKind kind, Path path, std::string_view how, SyntaxNode range,
                          ByteRange name, Place place) {
  Use use;
  use.kind = kind;
  use.path = std::move(path);
  use.how = how;
  use.range = rangeOf(range);
  use.name = name;
  use.function = place.function;
  use.cls = place.cls;
  use.inLoop = place.inLoop;
  index_.uses.push_back(std::move(use));
  return index_.uses.back();
}

void IndexBuilder::bindName(SyntaxNode target, const Value& value, SyntaxNode statement,
                            Place place) {
  const std::string_view name = target.text();
  bool elsewhere = place.function < 0 || place.cls >= 0;
  if (!elsewhere) {
    const FunctionFact& function = index_.functions[static_cast<std::size_t>(place.function)];
    elsewhere = std::ranges::find(function.globals, name) != function.globals.end() ||
                std::ranges::find(function.nonlocals, name) != function.nonlocals.end();
    if (!elsewhere) return noteLocal(name, value, target.begin(), place);
  }
  if (place.function < 0) noteLocal(name, value, target.begin(), place);
  addUse(UseKind::Define, {name, {}}, "=", statement, rangeOf(target), place).value = value;
}

void IndexBuilder::bindPattern(SyntaxNode pattern, const Value& value, SyntaxNode statement,
                               Place place) {
  std::size_t count = 0;
  bool starred = false;
  for (SyntaxNode child = pattern.firstChild(); child; child = child.next()) {
    ++count;
    starred = starred || child.kind() == SyntaxKind::ListSplatPattern;
  }
  const bool pairwise = !starred && count == value.elements.size() &&
                        (value.kind == ValueKind::Tuple || value.kind == ValueKind::List);
  std::size_t at = 0;
  for (SyntaxNode child = pattern.firstChild(); child; child = child.next(), ++at) {
    Value part;
    if (pairwise) {
      part = value.elements[at];
    } else if (value.kind == ValueKind::Path && !starred) {
      part = value;
      part.path.accesses.push_back({AccessKind::Item, {}});
    }
    bind(child, part, statement, place);
  }
}

void IndexBuilder::bind(SyntaxNode target, const Value& value, SyntaxNode statement, Place place) {
  if (!target) return;
  switch (target.kind()) {
    case SyntaxKind::Identifier: return bindName(target, value, statement, place);
    case SyntaxKind::Attribute: {
      if (const SyntaxNode object = target.child(SyntaxField::Object)) visit(object, place);
      addUse(UseKind::Define, pathOf(target), "=", statement, nameRangeOf(target), place).value =
          value;
      return;
    }
    case SyntaxKind::Subscript: {
      Path path = pathOf(target);
      if (namesAttribute(path)) {
        addUse(UseKind::Define, std::move(path), "__dict__", statement, nameRangeOf(target), place)
            .value = value;
        return visitChildren(target, place);
      }
      for (const SyntaxNode container : choicesOf(target.child(SyntaxField::Value))) {
        Use& use =
            addUse(UseKind::Put, pathOf(container), "[]", statement, nameRangeOf(target), place);
        use.value = value;
        use.key = valueOf(target.child(SyntaxField::SubscriptField));
      }
      visitChildren(target, place);
      return;
    }
    case SyntaxKind::PatternList:
    case SyntaxKind::TuplePattern:
    case SyntaxKind::ListPattern:
    case SyntaxKind::Tuple:
    case SyntaxKind::List:
    case SyntaxKind::ExpressionList: return bindPattern(target, value, statement, place);
    case SyntaxKind::ListSplatPattern:
    case SyntaxKind::ParenthesizedExpression:
    case SyntaxKind::AsPatternTarget: return bind(target.firstChild(), {}, statement, place);
    default: return;
  }
}

// a = b[k] = value: all targets are bound to the innermost right side, so that a name among them is
// another name of b[k].
void IndexBuilder::visitAssignment(SyntaxNode node, Place place) {
  const SyntaxNode left = node.child(SyntaxField::Left);
  if (!left) return;
  std::vector<std::pair<SyntaxNode, SyntaxNode>> targets;  // and their statements
  SyntaxNode right = node;
  Value shared;
  while (right && right.kind() == SyntaxKind::Assignment) {
    const SyntaxNode target = right.child(SyntaxField::Left);
    if (target) targets.emplace_back(target, right);
    const bool named = target && (target.kind() == SyntaxKind::Attribute ||
                                  target.kind() == SyntaxKind::Subscript);
    if (named && shared.kind == ValueKind::Unknown) shared = valueOf(target);
    right = right.child(SyntaxField::Right);
  }
  const Value value = right ? valueOf(right) : Value{};
  for (const auto& [target, statement] : targets) {
    const bool alias = targets.size() > 1 && shared.kind != ValueKind::Unknown &&
                       target.kind() == SyntaxKind::Identifier && place.function >= 0;
    const std::size_t before = index_.uses.size();
    bind(target, alias ? shared : value, statement, place);
    const bool single =
        target.kind() == SyntaxKind::Attribute || target.kind() == SyntaxKind::Identifier;
    if (right && single && index_.uses.size() > before && rebuildsFrom(right, target.text())) {
      index_.uses.back().kind = UseKind::Rebuild;
    }
  }
  if (right) visit(right, place);
  const bool slots = place.cls >= 0 && left.kind() == SyntaxKind::Identifier &&
                     left.text() == "__slots__" && right;
  if (!slots) return;
  auto& names = index_.classes[static_cast<std::size_t>(place.cls)].slots;
  if (!stringContent(right).empty()) names.push_back(stringContent(right));
  for (SyntaxNode child = right.firstChild(); child; child = child.next()) {
    if (!stringContent(child).empty()) names.push_back(stringContent(child));
  }
}

// The grammar takes `type(self).x = v` and `type(self).x[k] = v` for statements of the `type`
// keyword.
void IndexBuilder::visitTypeStatement(SyntaxNode node, Place place) {
  const SyntaxNode left = node.child(SyntaxField::Left).firstChild();
  const SyntaxNode right = node.child(SyntaxField::Right).firstChild();
  const std::string_view words = node.text();
  const std::size_t open = words.find_first_not_of(" \t", 4);
  if (!left || open == std::string_view::npos || words[open] != '(') return;
  const Path tail = pathOf(left);
  Path path{tail.base, {{AccessKind::Attribute, "__class__"}}};
  path.accesses.insert(path.accesses.end(), tail.accesses.begin(), tail.accesses.end());
  const bool item = left.kind() == SyntaxKind::Subscript;
  if (item) path.accesses.pop_back();
  addUse(item ? UseKind::Put : UseKind::Define, std::move(path), item ? "[]" : "=", node,
         nameRangeOf(left), place)
      .value = valueOf(right);
  visitChildren(left, place);
  if (right) visit(right, place);
}

void IndexBuilder::visitAugmented(SyntaxNode node, Place place) {
  const SyntaxNode left = node.child(SyntaxField::Left);
  const SyntaxNode right = node.child(SyntaxField::Right);
  const SyntaxNode sign = node.child(SyntaxField::Operator);
  if (!left || !right || !sign) return;
  const bool grows = sign.text() == "+=" || sign.text() == "|=";
  const bool shrinks = sign.text() == "-=" || sign.text() == "&=";
  if (left.kind() == SyntaxKind::Subscript) {
    Path path = pathOf(left);
    path.accesses.pop_back();
    addUse(UseKind::Put, std::move(path), "[]", node, nameRangeOf(left), place).key =
        valueOf(left.child(SyntaxField::SubscriptField));
  }
  if (grows || shrinks) {
    addUse(grows ? UseKind::PutMany : UseKind::Remove, pathOf(left), sign.text(), node,
           nameRangeOf(left), place)
        .value = valueOf(right);
  }
  visit(left, place);
  visit(right, place);
}

void IndexBuilder::visitNamedExpression(SyntaxNode node, Place place) {
  const SyntaxNode value = node.child(SyntaxField::Value);
  bind(node.child(SyntaxField::Name), valueOf(value), node, place);
  if (value) visit(value, place);
}

void IndexBuilder::visitSubscript(SyntaxNode node, Place place) {
  Path path = pathOf(node);
  if (!path.base.empty()) {
    path.accesses.pop_back();
    addUse(UseKind::Read, std::move(path), "[]", node, nameRangeOf(node), place);
  }
  visitChildren(node, place);
}

void IndexBuilder::visitDelete(SyntaxNode node, Place place) {
  const auto remove = [&](SyntaxNode target) {
    if (target.kind() == SyntaxKind::Subscript) {
      Path path = pathOf(target);
      path.accesses.pop_back();
      addUse(UseKind::Remove, std::move(path), "del", node, nameRangeOf(target), place);
      visitChildren(target, place);
    } else if (target.kind() == SyntaxKind::Attribute) {
      addUse(UseKind::Remove, pathOf(target), "del", node, nameRangeOf(target), place);
      visitChildren(target, place);
    }
  };
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    if (child.kind() == SyntaxKind::ExpressionList || child.kind() == SyntaxKind::Tuple) {
      for (SyntaxNode one = child.firstChild(); one; one = one.next()) remove(one);
    } else {
      remove(child);
    }
  }
}

void IndexBuilder::visitFor(SyntaxNode node, Place place) {
  if (startsAsync(node)) suspend(SuspensionKind::AsyncFor, node, place);
  const SyntaxNode left = node.child(SyntaxField::Left);
  const SyntaxNode right = node.child(SyntaxField::Right);
  bind(left, elementOf(right), node, place);
  if (right) visit(right, place);
  if (const SyntaxNode otherwise = node.child(SyntaxField::Alternative)) visit(otherwise, place);
  place.inLoop = true;
  if (const SyntaxNode body = node.child(SyntaxField::Body)) visit(body, place);
}

void IndexBuilder::visitComprehension(SyntaxNode node, Place place) {
  place.inLoop = true;
  for (SyntaxNode clause = node.firstChild(); clause; clause = clause.next()) {
    if (clause.kind() != SyntaxKind::ForInClause) continue;
    if (startsAsync(clause)) suspend(SuspensionKind::AsyncFor, clause, place);
    const SyntaxNode right = clause.child(SyntaxField::Right);
    // The variables live in a scope of their own; seen as locals of the function they do no harm.
    if (place.cls < 0 && place.function >= 0) {
      bind(clause.child(SyntaxField::Left), elementOf(right), clause, place);
    }
    if (right) visit(right, place);
  }
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    if (child.kind() != SyntaxKind::ForInClause) visit(child, place);
  }
}

void IndexBuilder::visitWithItem(SyntaxNode node, Place place) {
  SyntaxNode value = node.child(SyntaxField::Value);
  if (value && value.kind() == SyntaxKind::AsPattern) {
    const SyntaxNode expression = value.firstChild();
    const SyntaxNode target = value.child(SyntaxField::Alias);
    if (target) bind(aliasedName(target), {}, node, place);
    value = expression;
  }
  if (value) visit(value, place);
}

void IndexBuilder::visitExcept(SyntaxNode node, Place place) {
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    if (child.kind() == SyntaxKind::AsPattern) {
      const SyntaxNode type = child.firstChild();
      Value instance;
      if (type && (type.kind() == SyntaxKind::Identifier || type.kind() == SyntaxKind::Attribute)) {
        instance.kind = ValueKind::Path;
        instance.path = pathOf(type);
        instance.path.accesses.push_back({AccessKind::Call, {}});
      }
      bind(aliasedName(child.child(SyntaxField::Alias)), instance, node, place);
      if (type) visit(type, place);
    } else {
      visit(child, place);
    }
  }
}

}  // namespace whyalive::sources
