#include "server/sources/cleanup.h"

#include <algorithm>

#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

constexpr std::size_t kMost = 2;

}  // namespace

std::vector<Candidate> findMissingCleanups(const Wanted& wanted,
                                           const std::vector<Candidate>& stores,
                                           const Search& search) {
  std::vector<Candidate> reads;
  if (lastName(wanted.type) != "dict" && lastName(wanted.type) != "OrderedDict") return reads;
  std::vector<SharedFile> files;
  for (const Candidate& store : stores) {
    if (store.role == Role::Store && std::ranges::find(files, store.file) == files.end()) {
      files.push_back(store.file);
    }
  }
  for (const SharedFile& file : files) {
    for (const Use& use : file->index().uses) {
      if (use.target.name != wanted.name) continue;
      if (static_cast<int>(use.target.keys.size()) != wanted.depth) continue;
      const Relation relation = relate(wanted, *file, use, search);
      if (!relation.possible || relation.score <= 0) continue;
      if (use.kind == UseKind::Remove) return {};
      if (use.kind != UseKind::Read || use.function < 0) continue;
      const bool storesToo = std::ranges::any_of(stores, [&](const Candidate& store) {
        return store.role == Role::Store && store.file == file && store.function == use.function;
      });
      if (storesToo) continue;
      reads.push_back({Role::Cleanup, file, use.range, use.function, relation.score, &use});
    }
  }
  std::ranges::stable_sort(reads, std::greater{}, &Candidate::score);
  if (reads.size() > kMost) reads.resize(kMost);
  return reads;
}

}  // namespace whyalive::sources
