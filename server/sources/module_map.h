// ModuleMap: which loaded module lives in which file, and what is the standard library's.
//
// Built once per locate() from the snapshot's modules; files are named by local path.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/sources/locate.h"

namespace whyalive::sources {

class SourceIndex;

class ModuleMap {
 public:
  ModuleMap(std::span<const ModuleFile> modules, const SourceIndex& index);

  // "" when the module is not loaded or has no source.
  const std::string& fileOf(std::string_view module) const;
  // The module's name; of several names for one file ("__main__" too), the longest.
  const std::string& moduleOf(std::string_view file) const;
  // Source files in a stable order, the standard library's last.
  const std::vector<std::string>& files() const { return files_; }

  // "a.b.C.D" → the loaded module "a.b" and "C.D".
  std::pair<std::string, std::string> splitTypeName(std::string_view qualified) const;

  // The module that `import written` or `from written import …` in `file` speaks of.
  std::string resolveImport(std::string_view written, std::string_view file) const;

  // A file of the interpreter's own library (lib/python3.x without site-packages).
  static bool isStandardLibrary(std::string_view file);
  // … or of a package that was installed beside it.
  static bool isInstalled(std::string_view file);

 private:
  std::unordered_map<std::string, std::string> fileOfModule_;
  std::unordered_map<std::string, std::string> moduleOfFile_;
  std::vector<std::string> files_;
};

// "xmpp.dispatcher" → "xmpp"; the top-level package is what people call a package.
std::string_view topPackage(std::string_view module);

// "xmpp.protocol.Iq" → "Iq".
std::string_view lastName(std::string_view dotted);

}  // namespace whyalive::sources
