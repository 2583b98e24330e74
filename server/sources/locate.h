// locate(): from a suspect's holder to the lines of Python that make it and fill it.
//
// Rules and scores: docs/statements.md. No line is better than a wrong line: what
// scores too low is left out, and an empty answer is a good answer. Reads sources through the
// SourceIndex only. Long (it may search hundreds of files for a name): run it off the session's
// thread on a fork() of the index.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/run_control.h"
#include "server/heap/suspect.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::sources {

class SourceIndex;

enum class Role {
  Define,     // makes the holder: self._expected = {}
  Store,      // puts something into it
  Capture,    // the function whose closure (or default argument) keeps the variable
  Suspend,    // the await or yield line where frames stand
  Decorator,  // @lru_cache
  Allocate,   // where the held objects are made
  Cleanup,    // reads the entry where removing it would end the leak
};

// "define", "store" … as on the wire.
std::string_view toString(Role role);

// Columns count UTF-8 bytes; lines and columns are 1-based, as people and CPython name lines.
struct Location {
  Role role = Role::Store;
  std::string file;  // local path
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t endLine = 0;
  std::uint32_t endColumn = 0;  // exclusive
  std::string function;  // qualified name without "<locals>": "Dispatcher.SendAndCallForResponse";
                         // "" = module level
  std::string text;      // the statement's first line, trimmed
  int score = 0;         // among locations of one role, higher fits better
};

// A loaded module and the file the process says it came from.
struct ModuleFile {
  std::string module;
  std::string file;  // process path
};

// Best first: stores (or captures, suspends, decorators) by score, then the defining lines.
std::vector<Location> locate(const heap::Analysis& analysis, const heap::Suspect& suspect,
                             SourceIndex& index, const RunControl& control = {});

// The same on its true inputs: the suspect (holder, evidence) and the modules that are loaded.
std::vector<Location> locate(const heap::Suspect& suspect, std::span<const ModuleFile> modules,
                             SourceIndex& index, const RunControl& control = {});

}  // namespace whyalive::sources
