#include "server/heap/suspects.h"

#include <algorithm>
#include <map>
#include <optional>

#include "server/heap/amounts.h"
#include "server/heap/expression.h"
#include "server/heap/path_tree.h"
#include "server/heap/suspects/candidate.h"
#include "server/heap/suspects/describe.h"
#include "server/heap/suspects/garbage.h"
#include "server/heap/suspects/growth.h"
#include "server/heap/suspects/imported.h"
#include "server/heap/suspects/suspended.h"
#include "server/heap/suspects/waste.h"

namespace whyalive::heap {
namespace {

constexpr std::string_view kStep = "looking for suspects";

// A snapshot with what is computed of it for the rules.
struct Looked {
  Looked(const Analysis& analysis, NativeShares native, const RunControl& control)
      : ground(analysis, std::move(native), control), tree(analysis) {}
  Ground ground;
  PathTree tree;
};

class Finder {
 public:
  Finder(const Analysis& now, std::span<const Analysis* const> bases, const SuspectOptions& options,
         const RunControl& control)
      : bases_(bases),
        options_(options),
        control_(control),
        now_(now, nativeShares(now, bases, within_), within_) {}

  Result<std::vector<Suspect>> run() {
    if (!keepGoing(0.0)) return cancelled();
    found_ = findCandidates(now_.ground);
    if (!keepGoing(0.4)) return cancelled();
    candidates_ = mergeCandidates(now_.ground, now_.tree, found_);
    indexCandidates();
    if (!keepGoing(0.5)) return cancelled();
    if (bases_.empty()) {
      addAccumulations();
    } else if (!addGrowth()) {
      return cancelled();
    }
    if (auto garbage = findGarbage(now_.ground)) suspects_.push_back(std::move(*garbage));
    if (stopped_) return cancelled();
    return rank();
  }

 private:
  static std::unexpected<Error> cancelled() {
    return fail(ErrorCode::Cancelled, "looking for suspects was cancelled");
  }
  bool keepGoing(double fraction) {
    fraction_ = fraction;
    stopped_ = stopped_ || !control_.keepGoing(kStep, fraction);
    return !stopped_;
  }

  Bytes alarmBytes() const {
    const auto share =
        static_cast<Bytes>(threshold::kAlarmShare * static_cast<double>(now_.ground.userHeap()));
    return std::max(threshold::kAlarmBytes, share);
  }

  // What grows is cleared by its bound alone.
  Verdict verdictOn(const Candidate& candidate, bool grew, std::string& note) {
    Verdict verdict = judgeBounded(now_.ground, candidate, note);
    if (grew || verdict != Verdict::Undecided) return verdict;
    verdict = judgeStatic(now_.ground, candidate, note);
    if (verdict != Verdict::Undecided) return verdict;
    if (!imports_) imports_.emplace(now_.ground);
    return imports_->judge(candidate, note);
  }

  bool isCleared(const Candidate& candidate, bool grew) {
    std::string note;
    if (verdictOn(candidate, grew, note) != Verdict::NoSuspect) return false;
    if (options_.cleared != nullptr) {
      options_.cleared->push_back(
          {describeHolder(now_.ground.analysis(), candidate.holder), candidate.score, note});
    }
    return true;
  }

  void add(Suspect suspect) {
    if (std::ranges::find(options_.expected, suspect.signature) != options_.expected.end()) return;
    if (options_.judge && options_.judge(suspect) == Verdict::NoSuspect) return;
    suspects_.push_back(std::move(suspect));
  }

  // Where most of it is memory behind small objects (R4), that is what there is to say.
  void noteNative(const Candidate& candidate, Suspect& suspect) const {
    Bytes native = now_.ground.nativeShareOf(candidate.holder);
    for (const ObjectIndex o : candidate.members) native += now_.ground.nativeShareOf(o);
    if (native * 2 < suspect.retained) return;
    suspect.kind = SuspectKind::Native;
    suspect.note += "; about " + formatBytes(native) + " of it is memory of extensions, " +
                    (now_.ground.nativeShares().fromGrowth
                         ? "as much as malloc has handed out since"
                         : "if what no object explains is spread evenly over their objects");
  }

  // What grows has that kind; else where most of it waits is what there is to say.
  void noteSuspended(const Candidate& candidate, Suspect& suspect) const {
    const auto share = suspendedIn(now_.ground, candidate);
    if (!share) return;
    if (suspect.kind == SuspectKind::Accumulation) suspect.kind = SuspectKind::Suspended;
    suspect.note += "; " + formatCount(share->count) + " that wait in " + share->place + " keep " +
                    formatBytes(share->bytes) + " of it";
  }

  // One snapshot: the largest accumulations, of which none can be proven to grow.
  void addAccumulations() {
    for (const Candidate& candidate : candidates_) {
      if (candidate.score < alarmBytes() || isCleared(candidate, false)) continue;
      Suspect suspect = describeSuspect(now_.ground, now_.tree, candidate);
      suspect.note = suspects_.empty() ? "largest accumulation, growth not proven"
                                       : "accumulation, growth not proven";
      noteNative(candidate, suspect);
      noteSuspended(candidate, suspect);
      add(std::move(suspect));
    }
    for (Suspect& suspect : findWaste(now_.ground, now_.tree, alarmBytes())) {
      add(std::move(suspect));
    }
  }

  // The candidate that found this place, if any: it knows who else holds the same objects.
  const Candidate* candidateAt(PathNode node) const {
    const auto it = byPlace_.find(node);
    return it == byPlace_.end() ? nullptr : &candidates_[it->second];
  }

  void indexCandidates() {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      byPlace_.emplace(candidates_[i].node, i);
      for (const ObjectIndex joint : candidates_[i].joint) byPlace_.emplace(now_.tree.of(joint), i);
    }
  }

  Candidate candidateFor(const Grown& grown) {
    const Candidate* known = candidateAt(grown.now.node);
    Candidate candidate;
    if (known != nullptr) {
      candidate = *known;
    } else {
      candidate.holder = grown.now.largest;
      candidate.score = grown.now.retained;
      candidate.node = grown.now.node;
      candidate.entries = grown.now.outermost;
    }
    return candidate;
  }

  bool hasGrown(const Grown& grown) const {
    const std::uint64_t more = grown.now.entries - grown.entriesBefore;
    if (more < threshold::kGrowthEntries || !grown.inEveryStep) return false;
    const bool fast = static_cast<double>(grown.now.entries) >=
                      threshold::kGrowthFactor * static_cast<double>(grown.entriesBefore);
    // A large holder grows slowly and surely: by a few percent between two looks.
    const Candidate* candidate = candidateAt(grown.now.node);
    const Bytes shared = candidate == nullptr ? 0 : candidate->score;
    return fast || std::max(grown.now.retained, shared) >= alarmBytes();
  }

  bool addGrowth() {
    std::vector<Places> earlier;
    Bytes heapBefore = 0;
    for (const Analysis* base : bases_) {
      Looked then(*base, now_.ground.nativeShares(), within_);
      if (earlier.empty()) heapBefore = then.ground.userHeap();
      earlier.push_back(placesOf(then.ground, then.tree, findCandidates(then.ground)));
      if (!keepGoing(0.5 + 0.3 * static_cast<double>(earlier.size()) /
                               static_cast<double>(bases_.size()))) {
        return false;
      }
    }
    const Places places = placesOf(now_.ground, now_.tree, found_);
    const std::vector<Grown> grown =
        grownPlaces(now_.tree, places, earlier, [&](const Grown& g) { return hasGrown(g); });
    const double heapGained =
        static_cast<double>(now_.ground.userHeap()) - static_cast<double>(heapBefore);
    judgeGrowth(grown, heapGained);
    return keepGoing(0.95);
  }

  void judgeGrowth(const std::vector<Grown>& grown, double heapGained) {
    std::vector<std::pair<Candidate, Growth>> growing;
    for (const Grown& one : grown) {
      Candidate candidate = candidateFor(one);
      const bool seen = std::ranges::any_of(
          growing, [&](const auto& other) { return other.first.holder == candidate.holder; });
      if (seen || isCleared(candidate, true)) continue;
      Growth growth;
      growth.count = one.entriesGained();
      growth.bytes = one.gained;
      // What several hold together is in no one's retained size: the group's, by its entries.
      if (candidate.rule == FoundBy::Group && one.now.entries != 0) {
        const double share =
            static_cast<double>(growth.count) / static_cast<double>(one.now.entries);
        growth.bytes = std::max(
            growth.bytes, static_cast<std::int64_t>(share * static_cast<double>(candidate.score)));
      }
      if (candidate.rule == FoundBy::Leaf) growth.count = 0;  // counted in bytes
      if (growth.bytes >= static_cast<std::int64_t>(threshold::kGrowthBytes)) {
        growing.emplace_back(std::move(candidate), growth);
      }
    }
    std::ranges::stable_sort(growing, std::greater{}, [](const auto& g) { return g.second.bytes; });
    for (const auto& [candidate, growth] : growing) {
      const auto bytes = static_cast<double>(growth.bytes);
      const auto first = static_cast<double>(growing.front().second.bytes);
      if (bytes < threshold::kSideEffectOfGrowth * heapGained) continue;
      if (bytes < threshold::kSideEffectOfFirst * first) continue;
      Suspect suspect = describeSuspect(now_.ground, now_.tree, candidate);
      suspect.kind = SuspectKind::Growth;
      suspect.hasGrowth = true;
      suspect.growth = growth;
      suspect.note = "growing";
      noteNative(candidate, suspect);
      noteSuspended(candidate, suspect);
      add(std::move(suspect));
    }
  }

  std::vector<Suspect> rank() {
    if (suspects_.size() > options_.limit) suspects_.resize(options_.limit);
    for (std::size_t i = 0; i < suspects_.size(); ++i) {
      suspects_[i].rank = static_cast<std::uint32_t>(i + 1);
    }
    return std::move(suspects_);
  }

  std::span<const Analysis* const> bases_;
  const SuspectOptions& options_;
  const RunControl& control_;
  double fraction_ = 0;
  bool stopped_ = false;
  // For what goes on within a part of the search, which does not know how far the whole is.
  const RunControl within_{[this](std::string_view, double) { return keepGoing(fraction_); }};
  Looked now_;
  std::optional<Imports> imports_;  // made when first asked
  std::vector<Candidate> found_, candidates_;
  std::map<PathNode, std::size_t> byPlace_;  // into candidates_
  std::vector<Suspect> suspects_;
};

}  // namespace

Result<std::vector<Suspect>> findSuspects(const Analysis& now,
                                          std::span<const Analysis* const> bases,
                                          const SuspectOptions& options,
                                          const RunControl& control) {
  return Finder(now, bases, options, control).run();
}

}  // namespace whyalive::heap
