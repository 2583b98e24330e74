// R5, imported: what is left over from how a module came into the process is no suspect in one
// snapshot. Only the import system refers to it, by the module's __loader__ or __spec__: no code
// of the program has a name for it, so nothing fills it any more.
//
//   test_orders.__loader__ ──► config ──► session ──► items     pytest's, after its end
//
// Where it grows, growth wins and this is not asked.
#pragma once

#include <string>
#include <vector>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

// Reads all modules once; for any number of candidates of the ground, which must outlive it.
class Imports {
 public:
  explicit Imports(const Ground& ground);

  Verdict judge(const Candidate& candidate, std::string& note) const;

 private:
  bool keepAlone(ObjectIndex holder) const;
  bool isTheirs(ObjectIndex loader) const;
  bool namesOnlyAsLoader(ObjectIndex space, ObjectIndex loader) const;
  bool isSpec(ObjectIndex o) const;

  const HeapGraph& graph_;
  const Dominators& dominators_;
  std::vector<ObjectIndex> loaders_;
  ObjectIndex finders_ = kNoObject;  // sys.meta_path
};

}  // namespace whyalive::heap
