// Holder: who keeps objects alive, named the way a person would (`Dispatcher._expected`).
//
// Plain values, safe to copy between threads. Step kinds are the contract of `suspects --json`.
// A holder knows nothing of source files beyond what the snapshot says of modules and code objects;
// mapping it to lines is the job of server/sources.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"

namespace whyalive::heap {

enum class StepKind {
  Module,          // name = module's name
  Global,          // name in a module's namespace
  Attribute,       // instance attribute
  Slot,            // __slots__ member or C member
  ClassAttribute,  // name in a class's namespace
  Key,             // key of a dict; name = repr of the key, "…" when masked
  Index,           // position in a list or tuple; name = decimal, "…" when masked
  Member,          // element of a set or deque
  Closure,         // variable captured by a function; name = variable
  Local,           // local variable of a frame; name = variable
  Frame,           // a thread's or generator's frame; name = "function (file:line)"
  Default,         // default argument
  BoundSelf,       // receiver of a bound method
  Wrapped,         // part of functools.partial, lru_cache …; name = part
  ContextVar,
  ThreadLocal,
  WeakrefCallback,
  Native,  // an edge whose label is unknown, or a root held from C
};

// "module", "global", "class-attribute" … as on the wire.
std::string_view toString(StepKind kind);

struct Step {
  StepKind kind = StepKind::Native;
  std::string name;
  std::string type;  // qualified type of the object this step arrives at; "" for modules
  ObjectIndex object =
      kNoObject;  // the object this step arrives at; none: a frame, its local comes next
};

struct ClassName {
  std::string module;
  std::string qualname;
};

struct FunctionName {
  std::string module;  // "" when unknown
  std::string qualname;
  std::string file;  // as the code object says
  std::uint32_t firstLine = 0;
};

// What kind of source construct makes and fills the holder.
enum class OwnerKind {
  Attribute,       // self.NAME of a class: `mro`
  ClassAttribute,  // NAME in a class body: `mro`
  Global,          // NAME of `module`
  Closure,         // variable NAME captured by `function`
  Local,           // variable NAME of a frame of `function`, standing at `line`
  Memo,            // cache of the memoised function `function`
  Default,         // default argument of `function`
  Native,          // nothing in Python source names it
};

struct Holder {
  ObjectIndex object = kNoObject;  // the container (or object) whose references keep things alive
  std::string expression;   // "__main__.client.Dispatcher._expected", pasteable where possible
  std::string type;         // qualified type of `object`
  std::vector<Step> steps;  // from the root to `object`, plumbing (instance dicts, cells) left out

  OwnerKind owner = OwnerKind::Native;
  std::string name;            // attribute, global or variable name
  std::vector<ClassName> mro;  // Attribute, ClassAttribute: the owner's classes, most derived first
  std::string module;          // Global: the module
  std::string moduleFile;      // file of that module, or of the owner class's module; "" unknown
  FunctionName function;       // Closure, Local, Memo, Default
  std::uint32_t line = 0;      // Local: where the frame stands, 1-based; 0 unknown
};

}  // namespace whyalive::heap
