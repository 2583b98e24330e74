// The part of IndexBuilder that looks at calls: mutators, setattr, len, and mutators passed on.
#include "server/sources/dynamic_names.h"
#include "server/sources/expressions.h"
#include "server/sources/index_builder.h"
#include "server/sources/mutators.h"

namespace whyalive::sources {
namespace {

bool endsIn(const Path& path, std::string_view name) {
  if (path.accesses.empty()) return path.base == name;
  return path.accesses.back().kind == AccessKind::Attribute && path.accesses.back().name == name;
}

bool isBuiltinContainer(std::string_view name) {
  return name == "dict" || name == "list" || name == "set" || name == "deque" ||
         name == "OrderedDict";
}

SyntaxNode argument(SyntaxNode call, int position) {
  return position < 0 ? SyntaxNode{} : positionalArgument(call, static_cast<unsigned>(position));
}

}  // namespace

void IndexBuilder::addCall(SyntaxNode node, Path callee, Place place) {
  Call call;
  call.callee = std::move(callee);
  call.range = {node.begin(), node.end()};
  call.function = place.function;
  call.cls = place.cls;
  call.inLoop = place.inLoop;
  const SyntaxNode arguments = node.child(SyntaxField::Arguments);
  if (arguments && arguments.kind() == SyntaxKind::ArgumentList) {
    for (SyntaxNode one = arguments.firstChild(); one; one = one.next()) {
      if (one.kind() == SyntaxKind::KeywordArgument) {
        const SyntaxNode name = one.child(SyntaxField::Name);
        call.arguments.push_back(
            {name ? name.text() : std::string_view{}, valueOf(one.child(SyntaxField::Value))});
      } else {
        call.arguments.push_back({{}, valueOf(one)});
      }
    }
  }
  index_.calls.push_back(std::move(call));
}

void IndexBuilder::noteMutation(SyntaxNode node, const Path& callee, Place place) {
  const SyntaxNode function = node.child(SyntaxField::Function);
  if (!callee.accesses.empty() && callee.accesses.back().kind == AccessKind::Attribute) {
    const std::string_view name = callee.accesses.back().name;
    const Mutator* method = mutatorMethod(name);
    if (method == nullptr && name == "get") {
      Path container = callee;
      container.accesses.pop_back();
      addUse(UseKind::Read, std::move(container), "get", node, nameRangeOf(node), place);
      return;
    }
    if (name == kAnyName) {  // getattr(container, name)(value)
      if (!argument(node, 0) || argument(node, 1)) return;
      Path container = callee;
      container.accesses.pop_back();
      addUse(kNamedAtRun.kind, std::move(container), kNamedAtRun.name, node, nameRangeOf(node),
             place)
          .value = valueOf(argument(node, kNamedAtRun.valueArgument));
      return;
    }
    if (method == nullptr) {
      method = mutatorFunction(name);  // heapq.heappush(…)
      if (method == nullptr) return;
      const SyntaxNode container = argument(node, 0);
      if (!container) return;
      addUse(method->kind, pathOf(container), method->name, node, nameRangeOf(container), place)
          .value = valueOf(argument(node, method->valueArgument));
      return;
    }
    // list.append(container, value): the same method with its receiver written out.
    const bool unbound = callee.accesses.size() == 1 && isBuiltinContainer(callee.base);
    const SyntaxNode container = unbound ? argument(node, 0) : function.child(SyntaxField::Object);
    if (!container) return;
    const int shift = unbound ? 1 : 0;
    for (const SyntaxNode choice : choicesOf(container)) {
      noteMethod(*method, node, choice, shift, place);
    }
    return;
  }
  const Mutator* helper = callee.isName() ? mutatorFunction(callee.base) : nullptr;
  const SyntaxNode container = argument(node, 0);
  if (helper == nullptr || !container) return;
  addUse(helper->kind, pathOf(container), helper->name, node, nameRangeOf(container), place).value =
      valueOf(argument(node, helper->valueArgument));
}

// container.method(…), whose arguments begin at `shift`.
void IndexBuilder::noteMethod(const Mutator& method, SyntaxNode node, SyntaxNode container,
                              int shift, Place place) {
  Path path = pathOf(container);
  if (!path.accesses.empty() && path.accesses.back().name == "__dict__" &&
      method.kind != UseKind::Remove) {
    path.accesses.back().name = kAnyName;  // self.__dict__.update(…) binds attributes
    addUse(UseKind::Define, std::move(path), "__dict__", node, nameRangeOf(container), place);
    return;
  }
  const auto at = [&](int position) {
    return argument(node, position < 0 ? -1 : position + shift);
  };
  Use& use = addUse(method.kind, std::move(path), method.name, node, nameRangeOf(container), place);
  use.value = valueOf(at(method.valueArgument));
  use.key = valueOf(at(method.keyArgument));
}

void IndexBuilder::noteSetattr(SyntaxNode node, Place place) {
  const SyntaxNode object = argument(node, 0);
  const SyntaxNode name = argument(node, 1);
  if (!object || !name) return;
  Path path = pathOf(object);
  path.accesses.push_back({AccessKind::Attribute, attributeNameOf(name)});
  Use& use = addUse(UseKind::Define, std::move(path), "setattr", node, nameRangeOf(object), place);
  use.value = valueOf(argument(node, 2));
}

// on_message(self.seen.append): whoever is given the bound method will put things in.
void IndexBuilder::noteBoundMutator(SyntaxNode node, Place place) {
  if (node.kind() == SyntaxKind::KeywordArgument) node = node.child(SyntaxField::Value);
  if (!node || node.kind() != SyntaxKind::Attribute) return;
  const SyntaxNode name = node.child(SyntaxField::AttributeField);
  const SyntaxNode container = node.child(SyntaxField::Object);
  if (!name || !container) return;
  const Mutator* method = mutatorMethod(name.text());
  if (method == nullptr || method->kind == UseKind::Remove) return;
  addUse(method->kind, pathOf(container), method->name, node, nameRangeOf(container), place);
}

void IndexBuilder::visitCall(SyntaxNode node, Place place) {
  const SyntaxNode function = node.child(SyntaxField::Function);
  const SyntaxNode arguments = node.child(SyntaxField::Arguments);
  if (!function) return;
  Path callee = pathOf(function);
  if (callee.isName() && (callee.base == "setattr" || callee.base == "len")) {
    const SyntaxNode first = argument(node, 0);
    if (callee.base == "setattr") {
      noteSetattr(node, place);
    } else if (first) {
      addUse(UseKind::Measure, pathOf(first), "len", node, nameRangeOf(first), place);
    }
  } else if (endsIn(callee, "__setattr__")) {
    noteSetattr(node, place);
  } else {
    noteMutation(node, callee, place);
  }
  addCall(node, std::move(callee), place);
  if (arguments) {
    for (SyntaxNode one = arguments.firstChild(); one; one = one.next()) {
      noteBoundMutator(one, place);
    }
    visit(arguments, place);
  }
  visit(function, place);
}

}  // namespace whyalive::sources
