// What type a stored value evidently has, and how well that fits what is really held.
#pragma once

#include <string>
#include <vector>

#include "server/heap/suspect.h"
#include "server/sources/file_index.h"
#include "server/sources/name_resolution.h"

namespace whyalive::sources {

// Type names without their module ("Iq", "dict", "function"). `open`: it may be something else too,
// so that a mismatch proves nothing.
struct TypeGuess {
  struct Shape {
    std::string type;
    std::vector<TypeGuess> elements;  // of a tuple or list display
  };
  std::vector<Shape> shapes;
  bool open = true;

  bool known() const { return !shapes.empty(); }
};

TypeGuess guessType(const FileIndex& index, const Value& value, PathPlace place);

enum class ValueFit {
  Dominant,  // the commonest type, or at least 30% of the entries
  Common,    // another type that is held
  Unknown,
  Absent,  // nothing of that type is held
};
struct Fit {
  ValueFit type = ValueFit::Unknown;
  int shape = 0;  // 1: a tuple or list of the held shape; -1: of another shape
};

// `entry`: the value becomes one entry of the holder. Otherwise it is a collection of entries.
enum class StoredAs { Entry, Entries };
Fit fitOf(const FileIndex& index, const Value& value, StoredAs as, PathPlace place,
          const heap::Evidence& evidence);

// The classes an annotation names: "Optional[mod.Iq]" → {"Iq"}.
std::vector<std::string> classesInAnnotation(std::string_view annotation);

}  // namespace whyalive::sources
