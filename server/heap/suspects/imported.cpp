#include "server/heap/suspects/imported.h"

#include <algorithm>

namespace whyalive::heap {
namespace {

constexpr std::string_view kSpecType = "_frozen_importlib.ModuleSpec";
constexpr std::string_view kOfModule[] = {"__loader__", "__spec__"};

}  // namespace

Imports::Imports(const Ground& ground) : graph_(ground.graph()), dominators_(ground.dominators()) {
  for (const ModuleRecord& module : graph_.snapshot().modules) {
    if (module.dict == kNoObject) continue;
    for (const std::string_view name : kOfModule) {
      const ObjectIndex o = graph_.item(module.dict, name);
      if (o != kNoObject && graph_.typeOfTypeObject(o) == kNoType) loaders_.push_back(o);
    }
    if (graph_.name(module.name) == "sys") finders_ = graph_.item(module.dict, "meta_path");
  }
  std::ranges::sort(loaders_);
}

Verdict Imports::judge(const Candidate& candidate, std::string& note) const {
  const auto all = [&](const std::vector<ObjectIndex>& holders) {
    return std::ranges::all_of(holders, [&](ObjectIndex o) { return keepAlone(o); });
  };
  if (!keepAlone(candidate.holder) || !all(candidate.joint) || !all(candidate.equal)) {
    return Verdict::Undecided;
  }
  note = "left over from an import: only a module's __loader__ or __spec__ refers to it";
  return Verdict::NoSuspect;
}

// All that leads to it goes through a loader that the import system alone refers to.
bool Imports::keepAlone(ObjectIndex holder) const {
  for (ObjectIndex o = holder; o != kNoObject; o = dominators_.idom(o)) {
    if (std::ranges::binary_search(loaders_, o)) return isTheirs(o);
  }
  return false;
}

bool Imports::isTheirs(ObjectIndex loader) const {
  return std::ranges::all_of(graph_.rawReferrers(loader), [&](std::uint32_t from) {
    const ObjectIndex referrer{from};
    return dominators_.dominates(loader, referrer) ||  // what it keeps refers back to it
           referrer == finders_ || isSpec(referrer) || namesOnlyAsLoader(referrer, loader);
  });
}

bool Imports::namesOnlyAsLoader(ObjectIndex space, ObjectIndex loader) const {
  if (graph_.moduleOfNamespace(space) == nullptr) return false;
  bool only = true;
  graph_.forEachItem(space, [&](ObjectIndex key, ObjectIndex value) {
    if (value != loader) return true;
    const auto text = graph_.text(key);
    only = text && std::ranges::find(kOfModule, text->bytes) != std::ranges::end(kOfModule);
    return only;
  });
  return only;
}

// A ModuleSpec, or its __dict__ where it has one.
bool Imports::isSpec(ObjectIndex o) const {
  if (graph_.typeName(o) == kSpecType) return true;
  const auto owners = graph_.rawReferrers(o);
  return owners.size() == 1 && graph_.typeName(ObjectIndex{owners.front()}) == kSpecType &&
         graph_.attributesDict(ObjectIndex{owners.front()}) == o;
}

}  // namespace whyalive::heap
