#include "server/sources/module_map.h"

#include <algorithm>

#include "server/sources/source_index.h"

namespace whyalive::sources {
namespace {

const std::string kNothing;

// The agent's own package lives in every target and is never what a leak is about.
constexpr std::string_view kOwnPackage = "whyalive";

bool isSource(std::string_view file) { return file.ends_with(".py") || file.ends_with(".pyw"); }

// An older import system may name the compiled file.
std::string sourceOf(std::string_view file) {
  if (file.ends_with(".pyc")) file.remove_suffix(1);
  return std::string(file);
}

}  // namespace

std::string_view topPackage(std::string_view module) { return module.substr(0, module.find('.')); }

std::string_view lastName(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

ModuleMap::ModuleMap(std::span<const ModuleFile> modules, const SourceIndex& index) {
  for (const ModuleFile& one : modules) {
    if (one.file.empty() || topPackage(one.module) == kOwnPackage) continue;
    const std::string local = index.localPath(sourceOf(one.file));
    // A script without ".py" is source too when it is the program itself.
    if (!isSource(local) && one.module != "__main__") continue;
    fileOfModule_.emplace(one.module, local);
    const auto [at, added] = moduleOfFile_.emplace(local, one.module);
    if (added) {
      files_.push_back(local);
    } else if (at->second == "__main__" || one.module.size() > at->second.size()) {
      if (one.module != "__main__") at->second = one.module;
    }
  }
  std::ranges::sort(files_, {}, [](const std::string& file) {
    return std::pair(isStandardLibrary(file), std::string_view(file));
  });
}

const std::string& ModuleMap::fileOf(std::string_view module) const {
  const auto found = fileOfModule_.find(std::string(module));
  return found == fileOfModule_.end() ? kNothing : found->second;
}

const std::string& ModuleMap::moduleOf(std::string_view file) const {
  const auto found = moduleOfFile_.find(std::string(file));
  return found == moduleOfFile_.end() ? kNothing : found->second;
}

std::pair<std::string, std::string> ModuleMap::splitTypeName(std::string_view qualified) const {
  for (std::size_t dot = qualified.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = qualified.rfind('.', dot - 1)) {
    const std::string module(qualified.substr(0, dot));
    if (fileOfModule_.contains(module)) {
      return {module, std::string(qualified.substr(dot + 1))};
    }
  }
  const std::size_t dot = qualified.rfind('.');
  if (dot == std::string_view::npos) return {"builtins", std::string(qualified)};
  return {std::string(qualified.substr(0, dot)), std::string(qualified.substr(dot + 1))};
}

std::string ModuleMap::resolveImport(std::string_view written, std::string_view file) const {
  if (!written.starts_with('.')) return std::string(written);
  std::size_t dots = written.find_first_not_of('.');
  if (dots == std::string_view::npos) dots = written.size();
  std::string base = moduleOf(file);
  // A package's own __init__ counts as inside the package.
  std::size_t up = file.ends_with("__init__.py") ? dots - 1 : dots;
  for (; up > 0 && !base.empty(); --up) {
    const std::size_t dot = base.rfind('.');
    base = dot == std::string::npos ? std::string{} : base.substr(0, dot);
  }
  const std::string_view rest = written.substr(dots);
  if (rest.empty()) return base;
  return base.empty() ? std::string(rest) : base + "." + std::string(rest);
}

bool ModuleMap::isStandardLibrary(std::string_view file) {
  const std::size_t library = file.find("/lib/python3");
  const std::size_t wide = file.find("/lib64/python3");
  if (library == std::string_view::npos && wide == std::string_view::npos) return false;
  return file.find("/site-packages/") == std::string_view::npos &&
         file.find("/dist-packages/") == std::string_view::npos;
}

bool ModuleMap::isInstalled(std::string_view file) {
  return isStandardLibrary(file) || file.find("/site-packages/") != std::string_view::npos ||
         file.find("/dist-packages/") != std::string_view::npos;
}

}  // namespace whyalive::sources
