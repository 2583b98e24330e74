// FileIndex: the facts of one Python text that retention is explained with.
//
// Plain data built once by buildIndex() and frozen. Names are slices of the text that the index was
// built from, which must outlive it. Ranges are byte offsets. Indices refer to the vectors of the
// same FileIndex; -1 means none (module level).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace whyalive::sources {

struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool contains(std::uint32_t offset) const { return begin <= offset && offset < end; }
};

// `base.attribute[key](…)`: what an expression goes through, from the left. The base is a bare
// name, or empty where it is anything else (a string, a parenthesis …).
enum class AccessKind : std::uint8_t { Attribute, Item, Call };
struct Access {
  AccessKind kind;
  // Attribute name; text of the key, also of the one that get() is asked for; a call's first
  // argument where it is a string.
  std::string_view name;

  bool operator==(const Access&) const = default;
};
struct Path {
  std::string_view base;
  std::vector<Access> accesses;

  bool isName() const { return !base.empty() && accesses.empty(); }
  bool isCall() const { return !accesses.empty() && accesses.back().kind == AccessKind::Call; }
  std::string text() const;  // "self.peers[].add()"
};

enum class ValueKind : std::uint8_t {
  Unknown,
  NoneLiteral,
  Bool,
  Int,
  Float,
  Str,
  Bytes,
  Tuple,
  List,
  Dict,
  Set,
  Lambda,
  Generator,
  Path,    // a name, attribute, item or call result: `path`
  Choice,  // one of `elements`: a if c else b, a or b
};
struct Value {
  ValueKind kind = ValueKind::Unknown;
  Path path;
  std::vector<Value> elements;  // of tuples and lists (the first few), or the choices
  bool awaited = false;         // the result of awaiting it
};

// What a path finally speaks of, with local aliases followed.
enum class TargetKind : std::uint8_t {
  Unknown,
  Self,       // attribute of the method's own instance
  Class,      // attribute of the method's own class, or a name in a class body
  Other,      // attribute of something else: `receiver`
  Global,     // name of this module
  Enclosed,   // variable of an enclosing function: `function`
  Local,      // variable of the same function
  Parameter,  // parameter of `function`
};
struct Target {
  TargetKind kind = TargetKind::Unknown;
  std::string_view name;               // "*" where only the run knows: self.__dict__[name]
  std::string receiver;                // Other: "self.client", "Registry"
  std::vector<std::string_view> keys;  // the items passed through below the name, outermost first
  int function = -1;  // Enclosed, Local, Parameter: the function that binds the name
  int cls = -1;       // Self, Class: the class
};

enum class UseKind : std::uint8_t {
  Define,   // the name is bound to a value
  Put,      // one entry goes in
  PutMany,  // several go in
  Rebuild,  // bound to a new value made from the old: x = x + [y], self.head = Node(self.head)
  Remove,   // entries go out
  Measure,  // len() is asked
  Read,     // an entry is read
};
struct Use {
  UseKind kind = UseKind::Define;
  Path path;             // as written
  Target target;         // as resolved
  std::string_view how;  // "append", "[]", "+=", "setattr", "=" …
  Value value;           // what is put or bound
  Value key;
  ByteRange range;  // the expression or statement
  ByteRange name;   // the attribute or variable within it
  int function = -1;
  int cls = -1;  // the class whose body this stands in directly
  bool inLoop = false;
};

struct Argument {
  std::string_view keyword;  // "" = positional
  Value value;
};
struct Call {
  Path callee;
  std::vector<Argument> arguments;
  ByteRange range;
  int function = -1;
  int cls = -1;
  bool inLoop = false;
};

struct Decorator {
  Path path;
  bool called = false;  // @lru_cache(…)
  ByteRange range;
};

struct ClassFact {
  std::string qualname;  // "Outer.f.<locals>.Inner"
  std::string_view name;
  std::vector<Path> bases;
  std::vector<Decorator> decorators;
  std::vector<std::string_view> slots;
  ByteRange nameRange;
  ByteRange range;
  int function = -1;  // that it is defined in
  int outer = -1;     // class that it is defined in directly
};

// A binding of a local variable, for following aliases.
struct LocalBinding {
  std::string_view name;
  Value value;
  std::uint32_t offset = 0;
};

enum class SuspensionKind : std::uint8_t { Await, Yield, YieldFrom, AsyncFor, AsyncWith };
struct Suspension {
  SuspensionKind kind = SuspensionKind::Await;
  ByteRange range;
};

struct Parameter {
  std::string_view name;
  std::string_view annotation;
  Value defaultValue;
  bool hasDefault = false;
  ByteRange range;
};

struct FunctionFact {
  std::string qualname;  // as CPython names it, with "<locals>" and "<lambda>"
  std::string_view name;
  ByteRange nameRange;
  ByteRange range;                      // with decorators
  std::uint32_t defOffset = 0;          // of "def", "async" or "lambda"
  int cls = -1;                         // class that it is a method of
  int outer = -1;                       // function that it is defined in
  std::string_view selfName;            // the instance's name in a method; "" otherwise
  std::string_view classNameParameter;  // "cls" of a class method; "" otherwise
  std::vector<Parameter> parameters;
  std::vector<Decorator> decorators;
  std::vector<LocalBinding> locals;
  std::vector<std::string_view> globals;    // declared
  std::vector<std::string_view> nonlocals;  // declared
  std::vector<std::string_view> reads;      // names read, sorted, each once
  std::vector<Value> returns;
  std::vector<Suspension> suspensions;
  bool isAsync = false;
  bool isLambda = false;
};

struct Import {
  std::string_view local;   // name bound here
  std::string module;       // "pkg.mod"; leading dots for relative ones
  std::string_view member;  // "" for import of a module
  int function = -1;
  ByteRange range;
};

struct FileIndex {
  std::vector<ClassFact> classes;
  std::vector<FunctionFact> functions;
  std::vector<Use> uses;
  std::vector<Call> calls;
  std::vector<Import> imports;
  std::vector<LocalBinding> globals;  // module-level bindings, in order

  const ClassFact* classNamed(std::string_view qualname) const;
  // The function with this qualified name; of several, the one nearest to `firstLine` is for the
  // caller to choose: all of them.
  std::vector<int> functionsNamed(std::string_view qualname) const;
};

class Syntax;

// `text` must outlive the result.
FileIndex buildIndex(const Syntax& syntax, std::string_view text);

}  // namespace whyalive::sources
