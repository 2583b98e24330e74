// Objects chosen by type, kind, module or isinstance: what the tables of objects share.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "server/sql/indexes.h"
#include "server/sql/table.h"

namespace whyalive::sql {

enum class KindColumn { Kind, Type, Module };

// The kinds that fulfil a condition on that column (Equal, Like, Glob; InstanceOf: Type). For a
// name that no type or kind has, a note tells the nearest one.
std::vector<heap::KindIndex> kindsFor(const Indexes& indexes, QueryRun& run, KindColumn column,
                                      const Condition& condition);

Result<double> countOf(Indexes& indexes, std::span<const heap::KindIndex> kinds);
Result<Sequence> membersOf(Indexes& indexes, std::span<const heap::KindIndex> kinds);

}  // namespace whyalive::sql
