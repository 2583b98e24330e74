// Ground: what all rules stand on, made once per findSuspects: the user heap and the sizes in it.
// One thread.
//
// The user heap is what the program holds as data: everything reachable less the program itself
// (code, modules, classes and functions of the source, and the small things that only these refer
// to). Classes and closures made at run time count as data.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/column.h"
#include "server/heap/suspects/native.h"

namespace whyalive::heap {

class Ground {
 public:
  // Cancelled, it is incomplete, as is what the rules make of it: whoever gave the control knows.
  explicit Ground(const Analysis& analysis, NativeShares native = {}, RunControl control = {});

  const Analysis& analysis() const { return analysis_; }
  const HeapGraph& graph() const { return analysis_.graph(); }
  const Dominators& dominators() const { return analysis_.dominators(); }

  bool isProgram(ObjectIndex o) const { return program_[raw(o)]; }
  // For loops over the heap: asks the control once in a while; false when it was cancelled.
  bool goesOn(std::uint32_t step) const {
    if (step % kCheckEvery == 0 && !stopped_) {
      stopped_ = !control_.keepGoing("looking through the heap", 0);
    }
    return !stopped_;
  }
  // The __dict__ of a module, class or instance.
  bool isNamespace(ObjectIndex dict) const { return namespaces_[raw(dict)]; }
  Bytes userHeap() const { return userBefore_.empty() ? 0 : userBefore_.back(); }
  // Retained size without what belongs to the program.
  Bytes userRetained(ObjectIndex o) const {
    const std::uint32_t first = dominators().position(o);
    return userBefore_[first + dominators().subtreeCount(o)] - userBefore_[first];
  }
  // Of that, what is behind instances of extension types (R4); an estimate.
  Bytes nativeShareOf(ObjectIndex o) const;
  const NativeShares& nativeShares() const { return native_; }
  // A class that Python source made, outside the standard library.
  bool isUserType(TypeIndex t) const { return userTypes_[raw(t)]; }

 private:
  void markProgram();
  template <class Mark>
  void markStarts(Mark mark) const;
  void sumSizes();
  void findUserTypes();

  static constexpr std::uint32_t kCheckEvery = 1u << 16;

  const Analysis& analysis_;
  NativeShares native_;
  RunControl control_;
  mutable bool stopped_ = false;
  std::vector<Bytes> nativeOfType_;  // of an instance; empty when nothing is spread
  std::vector<bool> program_, namespaces_, userTypes_;
  Column<Bytes> userBefore_;  // by preorder position: user bytes of the objects before it
};

}  // namespace whyalive::heap
