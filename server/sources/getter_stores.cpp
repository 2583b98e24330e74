#include "server/sources/getter_stores.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "server/sources/getters.h"
#include "server/sources/name_resolution.h"
#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

// What is written after the call of the imported getter: `sessions()[key]` after `from state import
// sessions`, `state.sessions()[key]` after `import state`. Nothing for other paths.
std::optional<std::vector<Access>> afterGetter(const SourceFile& file, const Path& path,
                                               std::string_view getter, const std::string& home,
                                               const Search& search) {
  const bool member = path.accesses.size() > 1 && path.accesses[0].name == getter;
  const std::size_t call = member ? 1 : 0;
  if (path.accesses.size() <= call || path.accesses[call].kind != AccessKind::Call) return {};
  const bool imported = std::ranges::any_of(file.index().imports, [&](const Import& import) {
    if (import.local != path.base || import.member != (member ? std::string_view{} : getter)) {
      return false;
    }
    return search.modules.fileOf(search.modules.resolveImport(import.module, file.path())) == home;
  });
  if (!imported) return {};
  return std::vector<Access>(path.accesses.begin() + static_cast<std::ptrdiff_t>(call) + 1,
                             path.accesses.end());
}

// Stores in other files through a function of the holder's module that only hands it out.
void addStoresThrough(std::vector<Candidate>& found, const Wanted& wanted, const SharedFile& home,
                      int getter, const Search& search) {
  const std::optional<Path> handed = handedOutGlobal(home->index(), getter);
  if (!handed) return;
  Use itself;
  itself.target = resolve(home->index(), *handed, {getter, -1, 0});
  if (itself.target.name != wanted.name) return;
  Relation relation = relate(wanted, *home, itself, search);
  if (!relation.possible || relation.score <= 0) return;
  relation.score += points::kPerMroStep;
  const std::string_view name = functionAt(home->index(), getter).name;
  search.eachFileWith(name, [&](const SharedFile& file) {
    for (const Use& use : file->index().uses) {
      const auto below = afterGetter(*file, use.path, name, home->path(), search);
      if (!below || use.function < 0) continue;
      Use through = use;
      through.target = itself.target;
      for (const Access& one : *below) through.target.keys.push_back(one.name);
      if (!isGrowing(wanted, through) || !methodFits(wanted, through)) continue;
      const int score = scoreStore(wanted, *file, through, relation, search);
      found.push_back({Role::Store, file, use.range, use.function, score, &use});
      found.back().elsewhere = !changesTheHeld(wanted, through);
    }
    return true;
  });
}

}  // namespace

void addGetterStores(std::vector<Candidate>& found, const Wanted& wanted, const Search& search) {
  if (wanted.isOuter || wanted.file.empty() || !wanted.classes.empty()) return;
  const SharedFile home = search.index.file(wanted.file);
  if (!home) return;
  for (std::size_t i = 0; i < home->index().functions.size(); ++i) {
    addStoresThrough(found, wanted, home, static_cast<int>(i), search);
  }
}

}  // namespace whyalive::sources
