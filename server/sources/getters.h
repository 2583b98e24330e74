// Getters: what the first names of a path stand for, and functions that only hand out what is kept
// elsewhere, so that `self.entries()[k]` is seen as `self._entries[k]`.
#pragma once

#include <optional>

#include "server/sources/file_index.h"
#include "server/sources/scopes.h"

namespace whyalive::sources {

// x.setdefault(k, []) and x.get(k) are x[k]; x.__dict__[n] is an attribute that the run names.
Path normalised(const Path& path);

// self.entries() or self.entries, where the method or property only hands out self._entries.
// False, and the path as it was, when it is no such call.
bool expandGetter(const FileIndex& index, Path& path, int cls);

// What the module's function of that number only hands out: a global, or an attribute or an entry
// of one. Nothing for all others.
std::optional<Path> handedOutGlobal(const FileIndex& index, int number);

// What the module's function of that number only hands out: what its parameter of that name is by
// default, or an attribute or an entry of it.
std::optional<Path> handedOutDefault(const FileIndex& index, int number, std::string_view name);

// What the call of a getter gives: with the string that it passes in place of the getter's first
// parameter, so that table("jobs") of `return TABLES[name]` is TABLES["jobs"].
void passArgument(Path& handed, const FunctionFact& getter, const Access& call);

// spans() where the module's function of that name only hands out a global, or an attribute or an
// entry of one: local.spans.
bool expandFunctionGetter(const FileIndex& index, Path& path, PathPlace place);

}  // namespace whyalive::sources
