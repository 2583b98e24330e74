#include "server/heap/analysis.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>

#include "server/heap/spanning_tree.h"
#include "server/heap/statistics_index.h"

namespace whyalive::heap {

struct Analysis::Parts {
  HeapGraph graph;
  ProcessInfo process;
  Kinds kinds;
  Roots roots;
  Dominators dominators;
  Paths paths;
  std::unique_ptr<StatisticsIndex> statistics;
};

Analysis::Analysis(Parts parts) : parts_(std::make_unique<Parts>(std::move(parts))) {}
Analysis::~Analysis() = default;

const HeapGraph& Analysis::graph() const { return parts_->graph; }
const ProcessInfo& Analysis::process() const { return parts_->process; }
const Kinds& Analysis::kinds() const { return parts_->kinds; }
const Roots& Analysis::roots() const { return parts_->roots; }
const Dominators& Analysis::dominators() const { return parts_->dominators; }
const Paths& Analysis::paths() const { return parts_->paths; }
const StatisticsIndex& Analysis::statistics() const { return *parts_->statistics; }

namespace {

// Once told to stop, all that is left of the work hears it. The caller's control is asked on the
// caller's thread alone.
class Stopping {
 public:
  explicit Stopping(const RunControl& caller)
      : control([this, &caller, home = std::this_thread::get_id()](std::string_view step,
                                                                   double fraction) {
          if (!stopped_ && std::this_thread::get_id() == home &&
              !caller.keepGoing(step, fraction)) {
            stopped_ = true;
          }
          return !stopped_;
        }) {}
  Stopping(const Stopping&) = delete;
  Stopping& operator=(const Stopping&) = delete;

  bool stopped() const { return stopped_; }

 private:
  std::atomic<bool> stopped_ = false;

 public:
  const RunControl control;
};

// The caller's control is asked also while the first waits for the second, if that runs beside it.
RunBoth patiently(const RunBoth& runBoth, const RunControl& control) {
  if (!runBoth) return {};
  return [&runBoth, &control](const std::function<void()>& first,
                              const std::function<void()>& second) {
    constexpr auto kTick = std::chrono::milliseconds(10);
    std::mutex mutex;
    std::condition_variable changed;
    bool runs = false;
    const auto set = [&](bool value) {
      const std::scoped_lock lock(mutex);
      runs = value;
      changed.notify_one();
    };
    runBoth(
        [&] {
          first();
          std::unique_lock lock(mutex);
          while (runs && !changed.wait_for(lock, kTick, [&] { return !runs; })) {
            lock.unlock();
            std::ignore = control.keepGoing("analysing", 1);  // whoever runs hears of it
            lock.lock();
          }
        },
        [&] {
          set(true);
          try {
            second();
          } catch (...) {  // out of memory, say: runBoth tells it, and nobody must wait for more
            set(false);
            throw;
          }
          set(false);
        });
  };
}

}  // namespace

Result<std::shared_ptr<const Analysis>> analyse(Snapshot snapshot, const RunControl& control,
                                                const RunBoth& runBoth) {
  const Stopping stopping(control);
  const auto cancelled = [] { return fail(ErrorCode::Cancelled, "the analysis was cancelled"); };
  const RunBoth patient = patiently(runBoth, stopping.control);
  const auto both = [&](const std::function<void()>& first, const std::function<void()>& second) {
    if (patient) return patient(first, second);
    first();
    second();
  };
  ProcessInfo process = processInfo(snapshot);
  HeapGraph graph(std::move(snapshot));
  SpanningTree tree(graph, stopping.control);
  if (stopping.stopped()) return cancelled();
  std::optional<Kinds> kinds;
  Roots roots;
  both(  // the longer first: it runs on the thread that hears of a cancel
      [&] {
        kinds = Kinds::classify(graph, stopping.control);
        roots = Roots::named(graph, tree, stopping.control);
      },
      [&] { graph.linkReferrers(stopping.control); });
  if (stopping.stopped()) return cancelled();
  roots.addUnnamed(graph, tree, stopping.control);
  if (stopping.stopped()) return cancelled();
  Result<Paths> paths;
  Result<Dominators> dominators;
  both([&] { dominators = Dominators::find(graph, std::move(tree), stopping.control); },
       [&] { paths = Paths::find(graph, roots, stopping.control); });
  if (stopping.stopped() || !paths || !dominators) return cancelled();
  auto statistics =
      std::make_unique<StatisticsIndex>(graph, *kinds, *dominators, stopping.control, patient);
  if (stopping.stopped()) return cancelled();
  return std::make_shared<const Analysis>(
      Analysis::Parts{std::move(graph), std::move(process), std::move(*kinds), std::move(roots),
                      std::move(*dominators), std::move(*paths), std::move(statistics)});
}

}  // namespace whyalive::heap
