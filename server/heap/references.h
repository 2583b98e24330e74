// References of one object in pages, as a person reads them: the namespace of an instance, module
// or class and the cells of a closure are left out, so `client.__dict__['x']` is the client's own
// `.x`. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

struct Reference {
  Step step;                    // kind and name of the reference
  std::string text;             // ".name", "['key']", "[3]", ".<closure request>"
  ObjectIndex key = kNoObject;  // entry of a dict: its key
  std::uint32_t count = 1;      // references between these two
  ObjectIndex other = kNoObject;
  ObjectIndex owner =
      kNoObject;  // of a referrer that is left out elsewhere (namespace, cell): whose
};

struct ReferencePage {
  std::uint64_t total = 0;  // of all pages
  std::vector<Reference> rows;
};

// One row a reference, in the object's own order.
ReferencePage referentsOf(const Analysis& analysis, ObjectIndex o, std::uint64_t offset,
                          std::uint64_t limit);

// One row a referrer, named by the plainest of its references; what retains most first.
ReferencePage referrersOf(const Analysis& analysis, ObjectIndex o, std::uint64_t offset,
                          std::uint64_t limit);

// Whose namespace this dict is, kNoObject when it is none.
ObjectIndex ownerOfNamespace(const Analysis& analysis, ObjectIndex dict);

}  // namespace whyalive::heap
