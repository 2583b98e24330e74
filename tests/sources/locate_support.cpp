#include "tests/sources/locate_support.h"

#include <algorithm>

#include "server/sources/module_map.h"

namespace whyalive::sources {
namespace {

heap::ClassName className(const std::string& dotted) {
  const std::size_t dot = dotted.find('.');
  return {dotted.substr(0, dot), dotted.substr(dot + 1)};
}

}  // namespace

std::string Program::fileOf(const std::string& module) const {
  const auto found = std::ranges::find(modules_, module, &ModuleFile::module);
  return found == modules_.end() ? std::string{} : found->file;
}

Program& Program::put(const std::string& name, const std::string& folder, std::string text) {
  std::string path = name;
  std::ranges::replace(path, '.', '/');
  modules_.push_back({name, folder + path + ".py"});
  disk_.files[modules_.back().file] = std::move(text);
  return *this;
}

Program& Program::module(const std::string& name, std::string text) {
  return put(name, "/app/", std::move(text));
}
Program& Program::libraryModule(const std::string& name, std::string text) {
  return put(name, "/usr/lib/python3.11/", std::move(text));
}
Program& Program::packageModule(const std::string& name, std::string text) {
  return put(name, "/usr/lib/python3/dist-packages/", std::move(text));
}

std::vector<Location> Program::locate(const heap::Suspect& suspect) {
  SourceIndex index(disk_.reader());
  return sources::locate(suspect, modules_, index);
}

heap::Suspect attributeSuspect(const std::string& name, const std::vector<std::string>& classes,
                               const std::string& type) {
  heap::Suspect suspect;
  suspect.holder.owner = heap::OwnerKind::Attribute;
  suspect.holder.name = name;
  suspect.holder.type = type;
  for (const std::string& one : classes) suspect.holder.mro.push_back(className(one));
  suspect.holder.mro.push_back({"builtins", "object"});
  suspect.holder.steps = {{heap::StepKind::Module, "__main__", "", kNoObject},
                          {heap::StepKind::Global, "thing", classes.front(), kNoObject},
                          {heap::StepKind::Attribute, name, type, kNoObject}};
  return suspect;
}

heap::Suspect globalSuspect(const std::string& module, const std::string& name,
                            const std::string& type) {
  heap::Suspect suspect;
  suspect.holder.owner = heap::OwnerKind::Global;
  suspect.holder.name = name;
  suspect.holder.module = module;
  suspect.holder.type = type;
  suspect.holder.steps = {{heap::StepKind::Module, module, "", kNoObject},
                          {heap::StepKind::Global, name, type, kNoObject}};
  return suspect;
}

heap::Suspect functionSuspect(heap::OwnerKind owner, const std::string& module,
                              const std::string& qualname, std::uint32_t firstLine,
                              const std::string& variable, const std::string& type) {
  heap::Suspect suspect;
  suspect.holder.owner = owner;
  suspect.holder.name = variable;
  suspect.holder.type = type;
  suspect.holder.function = {module, qualname, "", firstLine};
  return suspect;
}

std::vector<std::uint32_t> linesOf(const std::vector<Location>& locations, Role role) {
  std::vector<std::uint32_t> lines;
  for (const Location& one : locations) {
    if (one.role == role) lines.push_back(one.line);
  }
  return lines;
}

std::uint32_t firstLineOf(const std::vector<Location>& locations, Role role) {
  const std::vector<std::uint32_t> lines = linesOf(locations, role);
  return lines.empty() ? 0 : lines.front();
}

}  // namespace whyalive::sources
