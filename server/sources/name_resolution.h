// Name resolution: from a path as written to what it speaks of, with local aliases followed.
//
//     bucket = self._by_key.setdefault(k, [])      bucket      →  self._by_key[k]
//     add = bucket.append                          add(x)      →  Put into self._by_key, one level
//     down
#pragma once

#include "server/sources/file_index.h"
#include "server/sources/scopes.h"

namespace whyalive::sources {

// The path with its base's aliases substituted and container reads (`setdefault`, `get`) as items.
Path expandAliases(const FileIndex& index, Path path, PathPlace place);

// The target that `path` names; Unknown when it goes through a call whose result is not known.
Target resolve(const FileIndex& index, const Path& path, PathPlace place);

// The value a local name was last bound to before `place`; null when it is not a local binding.
const Value* bindingOf(const FileIndex& index, std::string_view name, PathPlace place);

// Fills in the targets of all uses and adds those made through an alias of a bound method. `text`
// is what the index was built from.
void resolveUses(FileIndex& index, std::string_view text);

}  // namespace whyalive::sources
