// Small programs and hand-made suspects for locate(): what the heap engine would say of them.
#pragma once

#include <string>
#include <vector>

#include "server/heap/suspect.h"
#include "server/sources/locate.h"
#include "tests/sources/sources_support.h"

namespace whyalive::sources {

class Program {
 public:
  // "pkg.mod" → /app/pkg/mod.py
  Program& module(const std::string& name, std::string text);
  // A module of the standard library: /usr/lib/python3.11/NAME.py
  Program& libraryModule(const std::string& name, std::string text);
  // A module of an installed package: /usr/lib/python3/dist-packages/NAME.py
  Program& packageModule(const std::string& name, std::string text);

  std::vector<Location> locate(const heap::Suspect& suspect);
  const std::string& text(const std::string& module) const {
    return disk_.files.at(fileOf(module));
  }
  std::string fileOf(const std::string& module) const;

 private:
  Program& put(const std::string& name, const std::string& folder, std::string text);

  FakeFiles disk_;
  std::vector<ModuleFile> modules_;
};

// self.NAME of `classes` ("app.Dispatcher", most derived first), a container of `type`.
heap::Suspect attributeSuspect(const std::string& name, const std::vector<std::string>& classes,
                               const std::string& type = "dict");
heap::Suspect globalSuspect(const std::string& module, const std::string& name,
                            const std::string& type = "dict");
heap::Suspect functionSuspect(heap::OwnerKind owner, const std::string& module,
                              const std::string& qualname, std::uint32_t firstLine,
                              const std::string& variable, const std::string& type);

// "line" of each location of one role, in order.
std::vector<std::uint32_t> linesOf(const std::vector<Location>& locations, Role role);
std::uint32_t firstLineOf(const std::vector<Location>& locations, Role role);  // 0: none

}  // namespace whyalive::sources
