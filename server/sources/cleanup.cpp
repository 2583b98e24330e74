#include "server/sources/cleanup.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "server/sources/store_score.h"
#include "server/sources/store_search.h"

namespace whyalive::sources {
namespace {

constexpr std::size_t kMost = 2;
constexpr int kAsGood = 20;  // points below the best store: not what fills the container

// Functions that fill the container as the leak does.
std::set<std::pair<const SourceFile*, int>> fillers(const std::vector<Candidate>& stores) {
  int best = kLowestStoreScore;
  for (const Candidate& store : stores) {
    if (store.role == Role::Store) best = std::max(best, store.score);
  }
  std::set<std::pair<const SourceFile*, int>> functions;
  for (const Candidate& store : stores) {
    if (store.role == Role::Store && store.score > best - kAsGood) {
      functions.insert({store.file.get(), store.function});
    }
  }
  return functions;
}

class Cleanups {
 public:
  Cleanups(const Wanted& wanted, const std::vector<Candidate>& stores, const Search& search)
      : wanted_(wanted), stores_(stores), fillers_(fillers(stores)), search_(search) {}

  // False when the entries are taken out somewhere.
  bool look(const SharedFile& file) {
    std::map<int, Candidate> last;  // of each function: there the entry is used up
    for (const Use& use : file->index().uses) {
      if (use.target.name != wanted_.name) continue;
      if (static_cast<int>(use.target.keys.size()) != wanted_.depth) continue;
      const Relation relation = relate(wanted_, *file, use, search_);
      if (!relation.possible || relation.score <= 0) continue;
      if (use.kind == UseKind::Remove && !isOwnEntry(file, use)) return false;
      if (use.kind != UseKind::Read || use.function < 0) continue;
      if (fillers_.contains({file.get(), use.function}) || isOwnEntry(file, use)) continue;
      last.insert_or_assign(use.function, Candidate{Role::Cleanup, file, use.range, use.function,
                                                    relation.score, &use});
    }
    for (auto& [function, read] : last) reads_.push_back(std::move(read));
    return true;
  }

  std::vector<Candidate> reads() {
    std::ranges::stable_sort(reads_, std::greater{}, &Candidate::score);
    if (reads_.size() > kMost) reads_.resize(kMost);
    return std::move(reads_);
  }

 private:
  // A function that puts an entry of its own in before, waits and takes it out again.
  bool isOwnEntry(const SharedFile& file, const Use& use) const {
    return std::ranges::any_of(stores_, [&](const Candidate& store) {
      return store.role == Role::Store && store.file == file && store.function == use.function &&
             store.range.begin < use.range.begin && use.function >= 0;
    });
  }

  const Wanted& wanted_;
  const std::vector<Candidate>& stores_;
  std::set<std::pair<const SourceFile*, int>> fillers_;
  const Search& search_;
  std::vector<Candidate> reads_;
};

}  // namespace

std::vector<Candidate> findMissingCleanups(const Wanted& wanted,
                                           const std::vector<Candidate>& stores,
                                           const Search& search) {
  if (lastName(wanted.type) != "dict" && lastName(wanted.type) != "OrderedDict") return {};
  std::vector<SharedFile> files;
  for (const Candidate& store : stores) {
    if (store.role == Role::Store && std::ranges::find(files, store.file) == files.end()) {
      files.push_back(store.file);
    }
  }
  Cleanups cleanups(wanted, stores, search);
  for (const SharedFile& file : files) {
    if (!cleanups.look(file)) return {};
  }
  return cleanups.reads();
}

}  // namespace whyalive::sources
