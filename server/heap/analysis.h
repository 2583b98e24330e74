// Analysis: everything that is computed once per snapshot, frozen, to be shared between threads as
// shared_ptr<const Analysis>. All questions (partition, why, diff, suspects …) are asked of it.
#pragma once

#include <functional>
#include <memory>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/dominators.h"
#include "server/heap/heap_graph.h"
#include "server/heap/kinds.h"
#include "server/heap/paths.h"
#include "server/heap/process_info.h"
#include "server/heap/roots.h"

namespace whyalive::heap {

class StatisticsIndex;

class Analysis {
 public:
  struct Parts;  // made by analyse()
  explicit Analysis(Parts parts);
  ~Analysis();
  Analysis(const Analysis&) = delete;
  Analysis& operator=(const Analysis&) = delete;

  const HeapGraph& graph() const;
  const ProcessInfo& process() const;
  const Kinds& kinds() const;
  const Roots& roots() const;
  const Dominators& dominators() const;
  const Paths& paths() const;
  const StatisticsIndex& statistics() const;  // see statistics.h

 private:
  std::unique_ptr<Parts> parts_;
};

// Runs both and returns when both are done: one after the other, or at the same time for a caller
// who has a second thread to spare. The heap starts none itself.
using RunBoth = std::function<void(const std::function<void()>&, const std::function<void()>&)>;

// The control is asked on the caller's thread only, if runBoth calls its first function there.
Result<std::shared_ptr<const Analysis>> analyse(Snapshot snapshot, const RunControl& control = {},
                                                const RunBoth& runBoth = {});

}  // namespace whyalive::heap
