// Suspect: a holder that keeps more than it should, with the evidence that ranks it and that lets
// server/sources choose between the statements that could have filled it. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

enum class SuspectKind { Growth, Accumulation, GarbageCycle, Suspended, Native, Waste };

// "growth", "accumulation", "garbage-cycle" … as on the wire.
std::string_view toString(SuspectKind kind);

// What a rule says of a candidate. Rules are asked in order; the first that decides wins.
enum class Verdict { Suspect, NoSuspect, Undecided };

struct TypeShare {
  std::string type;         // qualified type name
  std::uint64_t count = 0;  // objects
  Bytes bytes = 0;          // their shallow size
};

struct Growth {
  std::int64_t count = 0;  // entries more than in the base snapshot
  std::int64_t bytes = 0;  // retained bytes more than in the base snapshot
};

// What is really held, for choosing among statements (see docs/suspects.md, "The statement").
struct Evidence {
  std::vector<TypeShare> entryTypes;  // types of the direct entries (values of a dict), most first
  std::vector<std::string> keyTypes;  // types of a dict's keys, most first
  std::vector<std::string>
      entryShapes;  // one level deeper for tuples and lists: "tuple(function, dict)"
  std::vector<std::string>
      identifiers;  // function and class names within 4 levels of sampled entries
};

struct Suspect {
  std::uint32_t rank = 0;  // 1 = first
  SuspectKind kind = SuspectKind::Accumulation;
  std::string title;             // "Dispatcher._expected holds 3,100 entries"
  std::string signature;         // SHA-1, hex, of the generic path; stable across runs
  std::vector<TypeShare> types;  // what is retained, the type to show first
  std::uint64_t count = 0;       // entries of the holder
  Bytes retained = 0;
  bool hasGrowth = false;
  Growth growth;
  std::string note;  // "largest accumulation, growth not proven", "bounded" …; may be empty
  Holder holder;
  std::vector<Holder> jointHolders;  // also keep the same objects: emptying one alone frees nothing
  Evidence evidence;
};

}  // namespace whyalive::heap
