// A place in a source that may become a Location, and what locate()'s parts share. Internal.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/run_control.h"
#include "server/heap/suspect.h"
#include "server/sources/locate.h"
#include "server/sources/module_map.h"
#include "server/sources/source_file.h"
#include "server/sources/source_index.h"

namespace whyalive::sources {

using SharedFile = std::shared_ptr<const SourceFile>;

struct Candidate {
  Role role = Role::Store;
  SharedFile file;
  ByteRange range;
  int function = -1;
  int score = 0;
  const Use* use = nullptr;  // the use it was made from, if any
  bool elsewhere = false;    // changes another container below the name than the held one
};

Location toLocation(const Candidate& candidate);

// One locate() call's inputs.
struct Search {
  const heap::Suspect& suspect;
  const ModuleMap& modules;
  SourceIndex& index;
  const RunControl& control;

  // Calls `visit(file)` for each loaded source that mentions the word, until it returns false.
  template <class Visit>
  void eachFileWith(std::string_view word, Visit visit) const {
    const std::vector<std::string>& files = modules.files();
    for (std::size_t i = 0; i < files.size(); ++i) {
      const double done = static_cast<double>(i) / static_cast<double>(files.size());
      if (i % 16 == 0 && !control.keepGoing("searching the sources", done)) return;
      if (!index.mentions(files[i], word)) continue;
      const SharedFile file = index.file(files[i]);
      if (file && !visit(file)) return;
    }
  }
};

// A function that the snapshot named, found again in the text as it is now.
struct FoundFunction {
  SharedFile file;
  int number = -1;

  explicit operator bool() const { return number >= 0; }
  const FunctionFact& fact() const {
    return file->index().functions[static_cast<std::size_t>(number)];
  }
  // Line of its first decorator or of `def`, 1-based, as co_firstlineno counts.
  std::uint32_t firstLine() const { return file->lines().lineOf(fact().range.begin) + 1; }
};

// By qualified name, of several the one nearest to where the process has it; by bare name only on
// the very line (older interpreters know no qualified names of code).
FoundFunction findFunction(const SharedFile& file, std::string_view qualname,
                           std::uint32_t firstLine);

// A class of the holder's MRO with the file it is written in.
struct KnownClass {
  std::string module;
  std::string qualname;
  std::string file;  // local; "" unknown
};

// What is looked for: a name that some construct owns, and the container's place below it.
struct Wanted {
  heap::OwnerKind owner = heap::OwnerKind::Native;
  std::string name;
  std::vector<KnownClass> classes;  // Attribute, ClassAttribute
  std::string module;               // Global
  std::string file;                 // of the module or of the first class
  std::string type;                 // of the container
  int depth = 0;                    // containers between the name and the container
  std::string lastKey;              // literalKey() under which it lies in the last of them; "" none
  std::string outerName;            // the named step before: "client.inbox" → "client"
  bool inLibrary = false;           // of the interpreter, in Python or in C
  std::string receiver;             // Attribute without a class: the name it is an attribute of
  bool anywhere = false;            // that receiver is as good in another file
  bool isPart = false;              // the container itself lies inside that object of a C type
  bool isOuter = false;             // not the holder itself but what the library's object hangs on
};

// As a receiver: the name of any function of the file.
inline constexpr const char* kAnyFunction = "()";

Wanted wantedOf(const heap::Holder& holder, const Search& search);

// The holder's name as its class writes it: the heap has `_Cache__data` for `__data` in Cache.
std::string writtenName(const heap::Holder& holder);

// A key that is a literal, whether in the text or as the heap shows it: 'shop', None, 3; "" for
// any other expression.
std::string literalKey(std::string_view written);

// What the heap calls `privateName` ("__data") of the class: "_Cache__data".
std::string mangledName(const heap::ClassName& cls, std::string_view privateName);

// For a holder inside the standard library: the attribute or global of user code that the library
// object hangs on (`self.inbox` for `self.inbox.queue`). Nothing when there is none.
std::vector<Wanted> outerWanted(const heap::Holder& holder, const Search& search);

// Other names of the same container: `jobs = scheduler.jobs` in the file of the wanted name.
std::vector<Wanted> aliasedWanted(const Wanted& wanted, const Search& search);

// Holders whose path hides the name that statements use: attributes of a thread-local, values of
// context variables.
std::vector<Wanted> hiddenWanted(const heap::Holder& holder, const Search& search);

}  // namespace whyalive::sources
