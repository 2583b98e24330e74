// Expressions as paths and values: what an expression goes through, and what it evidently is.
// Pure functions over syntax nodes; nothing is evaluated or guessed.
#pragma once

#include "server/sources/file_index.h"
#include "server/sources/python_syntax.h"

namespace whyalive::sources {

// "self.peers[key].add" as base and accesses. `getattr(x, "name")`, `vars(x)`, `type(x)` and
// `cast(T, x)` are seen through.
Path pathOf(SyntaxNode node);

Value valueOf(SyntaxNode node);

// What a loop over `iterable` binds: an element, a (key, value) pair of .items() …
Value elementOf(SyntaxNode iterable);

// The last name of an attribute or name expression: where a hint or an editor's selection goes.
ByteRange nameRangeOf(SyntaxNode node);

// What a parenthesised choice comes to: the branches of `(a if c else b)` and `(a or b)`, else the
// node itself.
std::vector<SyntaxNode> choicesOf(SyntaxNode node);

// x.get(key), x.setdefault(key, …): what comes out is an entry of x.
bool readsAnEntry(const Access& method);

// Content of a plain string literal; empty otherwise.
std::string_view stringContent(SyntaxNode node);

// The n-th positional argument of a call; false when there is none before a splat.
SyntaxNode positionalArgument(SyntaxNode call, unsigned position);

}  // namespace whyalive::sources
