// Builds snapshots for tests, object by object, the way the agent would write them: shapes, labels,
// reference counts and roots follow from what is added.
//
//   HeapBuilder b;
//   Obj dispatcher = b.cls("xmpp.dispatcher", "Dispatcher");
//   Obj client = b.instance(dispatcher, {{"_expected", b.dict({{b.text("1"), b.list({})}})}});
//   b.set(b.module("__main__"), "client", client);
//   std::shared_ptr<const heap::Analysis> analysis = b.analyse();
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "protocol/snapshot/writer.h"
#include "server/heap/analysis.h"

namespace whyalive::testing {

using Obj = std::uint32_t;  // index of an object; the same number as its ObjectIndex
constexpr ObjectIndex at(Obj o) { return ObjectIndex{o}; }

using Named = std::vector<std::pair<std::string, Obj>>;
using Items = std::vector<std::pair<Obj, Obj>>;

class HeapBuilder {
 public:
  HeapBuilder();

  // Values.
  Obj text(const std::string& value);
  Obj integer(std::int64_t value);
  Obj real(double value);
  Obj blob(const std::string& value, std::uint64_t size = 0);
  Obj none() const { return none_; }

  // Containers; they can be filled later.
  Obj dict(const Items& items = {});
  Obj list(const std::vector<Obj>& items = {});
  Obj tuple(const std::vector<Obj>& items = {});
  Obj setOf(const std::vector<Obj>& items = {});
  void put(Obj dict, Obj key, Obj value);
  Obj dictOf(const std::string& type, const Items& items);  // of another type that has pairs
  void append(Obj container, Obj item);

  // Modules, classes, instances. A module is a root; its namespace is a dict.
  Obj module(const std::string& name, const std::string& file = "");
  Obj cls(const std::string& module, const std::string& qualname,
          const std::vector<Obj>& bases = {});
  void set(Obj moduleOrClass, const std::string& name, Obj value);  // in its namespace
  Obj instance(Obj cls, const Named& attributes = {});              // attributes inline
  Obj instanceWithDict(Obj cls, const Named& attributes = {});      // attributes in a __dict__
  void setAttribute(Obj instance, const std::string& name, Obj value);

  // Code, functions, frames. A code object's variables are its arguments, if any, else free ones;
  // `captured` are a function's free variables with what they hold.
  Obj code(const std::string& file, const std::string& qualname, std::uint32_t firstLine,
           const std::vector<std::string>& variables = {}, std::uint32_t arguments = 0);
  Obj function(Obj code, Obj module, const Named& captured = {});
  Obj boundMethod(Obj function, Obj self);
  Obj lruCache(Obj function, Obj cacheDict);
  Obj suspended(Obj code, std::uint32_t line, const Named& locals,
                const std::string& type = "coroutine");
  enum class Held { Counted, Borrowed };  // borrowed: a frame further out counts
  void runningFrame(Obj code, std::uint32_t line, const Named& locals, Held how = Held::Counted);

  // Anything else: an object of a builtin type with these references, labelled as told.
  Obj object(const std::string& type, const std::vector<Obj>& references = {});
  void refer(Obj from, snapshot::LabelKind kind, const std::string& name, Obj to);

  void hold(Obj o, int times = 1);  // a reference from outside the graph
  void resize(Obj o, std::uint64_t size);
  void place(Obj o, std::uint64_t address);
  void nativeSize(Obj o, std::uint64_t bytes, std::uint64_t buffer = 0);
  void weakref(Obj weakref, Obj referent);
  void pointer(Obj from, Obj to);  // a word in a C object's body, no reference
  void meta(std::string_view key, const std::string& value);
  void root(snapshot::RootKind kind, const std::string& name, Obj o, bool counted);

  snapshot::Contents contents() const;
  std::vector<std::uint8_t> bytes() const;
  heap::Snapshot snapshot() const;
  std::shared_ptr<const heap::Analysis> analyse() const;

 private:
  struct Edge {
    snapshot::LabelKind kind;
    std::uint32_t name;
    Obj to;
  };
  struct Node {
    std::uint32_t type = 0;
    std::vector<Edge> fixed;
    snapshot::Tail tail = snapshot::Tail::None;
    std::vector<Obj> items;
    snapshot::ValueKind value = snapshot::ValueKind::None;
    std::vector<std::uint8_t> bytes;
    std::uint64_t size = 0;
    std::uint64_t address = 0;  // 0: after the one before
    int held = 0;
  };

  std::uint32_t name(const std::string& text);
  std::uint32_t builtin(const std::string& type);
  Obj add(std::uint32_t type, std::uint64_t size);
  Obj attributesDictOf(Obj o) const;
  void label(Obj from, snapshot::LabelKind kind, const std::string& name, Obj to);
  Obj interned(const std::string& text);

  snapshot::Contents c_;  // everything but shapes and objects
  std::map<std::string, std::uint32_t> names_;
  std::map<std::string, std::uint32_t> builtins_;
  std::map<std::string, Obj> interned_;
  std::map<Obj, std::uint32_t> typeOfClass_;
  std::vector<Node> nodes_;
  Obj none_ = 0;
};

}  // namespace whyalive::testing
