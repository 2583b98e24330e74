// The second name of a holder: `jobs = scheduler.jobs` makes one list of two names, and statements
// may fill it by the one that the heap's path did not take.
#include <algorithm>

#include "server/sources/candidate.h"
#include "server/sources/store_score.h"
#include "server/sources/value_types.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

// The class as this file knows it: its own or an imported one.
KnownClass knownClass(const SharedFile& file, const std::string& name, const Search& search) {
  if (file->index().classNamed(name) != nullptr) {
    return {search.modules.moduleOf(file->path()), name, file->path()};
  }
  for (const Import& import : file->index().imports) {
    if (import.local != name || import.member.empty()) continue;
    const std::string module = search.modules.resolveImport(import.module, file->path());
    return {module, std::string(import.member), search.modules.fileOf(module)};
  }
  return {};
}

std::vector<KnownClass> classesOf(const SharedFile& file, const Use& bound, Path receiver,
                                  const Search& search) {
  const PathPlace place{bound.function, bound.cls, bound.range.begin};
  Value value;
  value.kind = ValueKind::Path;
  value.path = std::move(receiver);
  std::vector<KnownClass> classes;
  for (const TypeGuess::Shape& shape : guessType(file->index(), value, place).shapes) {
    KnownClass known = knownClass(file, shape.type, search);
    if (!known.file.empty()) classes.push_back(std::move(known));
  }
  return classes;
}

// The one class of the file's package that gives its objects an attribute of that name.
std::vector<KnownClass> onlyClassWith(std::string_view attribute, const SharedFile& file,
                                      const Search& search) {
  std::vector<KnownClass> classes;
  const std::string package(topPackage(search.modules.moduleOf(file->path())));
  search.eachFileWith(attribute, [&](const SharedFile& other) {
    const std::string& module = search.modules.moduleOf(other->path());
    if (topPackage(module) != package) return true;
    for (const Use& use : other->index().uses) {
      const bool makes = use.kind == UseKind::Define && use.target.kind == TargetKind::Self;
      if (!makes || use.target.name != attribute || !use.target.keys.empty()) continue;
      const ClassFact& cls = other->index().classes[static_cast<std::size_t>(use.target.cls)];
      const auto same = [&](const KnownClass& one) {
        return one.file == other->path() && one.qualname == cls.qualname;
      };
      if (std::ranges::none_of(classes, same)) {
        classes.push_back({module, cls.qualname, other->path()});
      }
    }
    return classes.size() < 2;
  });
  if (classes.size() > 1) classes.clear();
  return classes;
}

// What `bound` says the wanted name stands for, when it is a plain name or attribute.
void addSecondName(std::vector<Wanted>& found, const Wanted& wanted, const SharedFile& file,
                   const Use& bound, const Search& search) {
  if (bound.kind != UseKind::Define || bound.target.name != wanted.name) return;
  if (bound.value.kind != ValueKind::Path || !bound.target.keys.empty()) return;
  if (!relate(wanted, *file, bound, search).possible) return;
  const Path& path = bound.value.path;
  Wanted second = wanted;
  second.classes.clear();
  second.file = file->path();
  if (path.isName()) {
    if (bound.function >= 0) return;  // a local or a parameter: argument hops follow it
    second.owner = OwnerKind::Global;
    second.name = std::string(path.base);
  } else if (path.accesses.back().kind == AccessKind::Attribute) {
    Path receiver = path;
    receiver.accesses.pop_back();
    second.owner = OwnerKind::Attribute;
    second.name = std::string(path.accesses.back().name);
    second.classes = classesOf(file, bound, std::move(receiver), search);
    if (second.classes.empty()) second.classes = onlyClassWith(second.name, file, search);
    if (second.classes.empty()) return;
  } else {
    return;
  }
  if (second.name != wanted.name || second.owner != wanted.owner) found.push_back(second);
}

}  // namespace

std::vector<Wanted> aliasedWanted(const Wanted& wanted, const Search& search) {
  std::vector<Wanted> found;
  std::vector<std::string> files;
  for (const KnownClass& one : wanted.classes) files.push_back(one.file);
  if (files.empty()) files.push_back(wanted.file);
  for (const std::string& path : files) {
    const SharedFile file = path.empty() ? nullptr : search.index.file(path);
    if (!file) continue;
    for (const Use& use : file->index().uses) addSecondName(found, wanted, file, use, search);
  }
  return found;
}

}  // namespace whyalive::sources
