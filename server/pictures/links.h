// Links: references as a person thinks of them. The namespace of an instance, module or class is
// left out, and so are a closure's tuple and cells: `client.__dict__['x']` is `client.x`.
//
//   Client ──namespace──► dict ──'x'──► list          Client ──.x──► list
//   reply ──closure──► tuple ──0──► cell ──► Iq       reply ──closure request──► Iq
//
// None is left out of what an object refers to: it keeps nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"

namespace whyalive::pictures {

// How much an ordinary reader cares: what the program wrote, then what the interpreter keeps.
enum class Interest : std::uint8_t { Path, Named, Position, Plumbing };

struct Link {
  ObjectIndex from = kNoObject, to = kNoObject;
  std::string label;   // ".x", "[12]", "closure request"
  std::string masked;  // the same with positions and keys as "…"
  Interest interest = Interest::Named;
};

struct Links {
  std::vector<Link> links;  // most interesting first, then by object
  std::uint64_t total = 0;  // of them there are in all
};

// Whether labels must be exact, or only right when masked: then a hub is not searched for where it
// refers to something.
enum class Labels : std::uint8_t { Exact, Masked };

// At most `limit`; few enough references are looked at that a hub costs no more than a leaf.
Links linksTo(const heap::Analysis& analysis, ObjectIndex o, std::size_t limit,
              Labels labels = Labels::Exact);
Links linksFrom(const heap::Analysis& analysis, ObjectIndex o, std::size_t limit);

}  // namespace whyalive::pictures
