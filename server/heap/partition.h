// Partition: the heap, or a part of it, as a table, largest group first. Pure; linear in the number
// of objects and references.
//
// Each way of dividing is a PartitionBy; tables nest: `within` takes the objects of a row and
// divides them another way, as guppy's heap()[0].byvia does. Retained sizes of the first rows of a
// page are exact (retained_sets.h), those of further ones lower bounds, which cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

class LatestClassification;  // classification.h
class SettledSizes;          // settled_sizes.h

enum class PartitionBy {
  Kind,       // guppy's "class / dict of class"
  Type,       // type of the object
  Module,     // module that defines the type
  Holder,     // the first container on the way from a root: where things pile up
  Referrers,  // the kinds of those that refer to it (guppy's byrcs)
  Via,        // the ways in which they refer to it (guppy's byvia), keys and positions masked
  Size,       // its own size
  Id,         // each object on its own
};

std::string_view toString(PartitionBy by);  // "kind", "type", "module" …
std::optional<PartitionBy> partitionBy(std::string_view word);
std::span<const std::string_view> partitionWords();  // all of them

struct PartitionGrowth {
  std::int64_t count = 0;
  std::int64_t size = 0;
};

struct PartitionRow {
  std::uint32_t index = 0;  // 0 = largest
  std::string label;        // what the table prints: "dict of xmpp.simplexml.Node"
  std::string type;         // type of the objects themselves; "" when they differ
  std::uint64_t count = 0;
  Bytes size = 0;                  // shallow
  Bytes retained = 0;              // what goes when all of the group go
  bool atLeast = false;            // `retained` is but the sum of what single members hold
  ObjectIndex object = kNoObject;  // by id: the object
  std::optional<PartitionGrowth> growth;
};

struct PartitionTable {
  PartitionBy by = PartitionBy::Kind;
  std::uint64_t totalCount = 0;
  Bytes totalSize = 0;
  std::optional<PartitionGrowth> totalGrowth;
  std::size_t rowCount = 0;        // of the whole table
  std::vector<PartitionRow> rows;  // by size, then label; with `since` also groups that are gone
};

// The objects of one row: those that `by` puts under this label.
struct PartitionPart {
  PartitionBy by = PartitionBy::Kind;
  std::string label;
};

struct PartitionOptions {
  const Analysis* since = nullptr;  // adds growth; not by id: objects are not told apart
  // Only these objects, ids rising; and these of `since`.
  std::optional<std::span<const ObjectIndex>> of = {}, ofSince = {};
  std::vector<PartitionPart> within = {};    // of them, what all of these rows have
  std::size_t offset = 0, limit = SIZE_MAX;  // rows wanted
  // Of the analysis, for whoever asks it again.
  LatestClassification* latest = nullptr;
  SettledSizes* settled = nullptr;
};

Result<PartitionTable> partition(const Analysis& analysis, PartitionBy by,
                                 const PartitionOptions& options = {},
                                 const RunControl& control = {});

// The objects that all of these rows have, ids rising.
Result<std::vector<ObjectIndex>> objectsWithin(const Analysis& analysis,
                                               std::span<const PartitionPart> within,
                                               const RunControl& control = {},
                                               LatestClassification* latest = nullptr);

}  // namespace whyalive::heap
