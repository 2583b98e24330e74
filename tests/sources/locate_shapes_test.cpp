// Stores that do not look like `self.name.append(value)`: each shape one test.
#include "server/sources/dynamic_names.h"
#include "server/sources/judge.h"
#include "tests/sources/locate_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

using Lines = std::vector<std::uint32_t>;

Lines storesOf(Program& program, const heap::Suspect& suspect) {
  return linesOf(program.locate(suspect), Role::Store);
}

Lines marked(const Program& program, const std::string& mark) {
  return markedLines(program.text("app"), mark);
}

TEST_CASE("a name put together at run time is matched by its fixed letters") {
  CHECK(mayName("\"_%s_records\" % level", "_warning_records"));
  CHECK(mayName("f'{kind}_cache'", "page_cache"));
  CHECK_FALSE(mayName("\"_%s_records\" % level", "_warning_entries"));
  CHECK(mayName(kAnyName, "anything"));
  CHECK(fixedLetters("f'{kind}_cache'") == 6);

  Program program;
  program.module("app", R"(
class Audit:
    def __init__(self):
        for level in ("info", "error"):
            setattr(self, "_%s_records" % level, [])
    def add(self, level, record):
        getattr(self, "_%s_records" % level).append(record)   #< store
    def other(self, level, record):
        getattr(self, "_%s_names" % level).append(record)
)");
  CHECK(storesOf(program, attributeSuspect("_error_records", {"app.Audit"}, "list")) ==
        marked(program, "store"));
}

TEST_CASE("looking a key up in a defaultdict stores, in a dict it does not") {
  Program program;
  program.module("app", R"(
class Pools:
    def __init__(self):
        self.pools = make()
    def use(self, host):
        return self.pools[host]                               #< store
)");
  CHECK(storesOf(program, attributeSuspect("pools", {"app.Pools"}, "collections.defaultdict")) ==
        marked(program, "store"));
  CHECK(storesOf(program, attributeSuspect("pools", {"app.Pools"}, "dict")).empty());
}

TEST_CASE("a container handed to a constructor is followed to the name it has there") {
  Program program;
  program.module("app", R"(
class Recorder:
    def __init__(self, sink):
        self.sink = sink
    def record(self, event):
        self.sink.append(event)                               #< store
class Tracer:
    def __init__(self):
        self.events = []
        self.recorder = Recorder(self.events)                 #< also
)");
  const auto found = program.locate(attributeSuspect("events", {"app.Tracer"}, "list"));
  CHECK(firstLineOf(found, Role::Store) == markedLine(program.text("app"), "store"));
}

TEST_CASE("a longer copy that takes the container's place is a store") {
  Program program;
  program.module("app", R"(
class Core:
    def __init__(self):
        self.handlers = {}
    def add(self, key, handler):
        handlers = self.handlers.copy()
        handlers[key] = handler
        self.handlers = handlers                              #< store
    def only(self, key):
        handlers = self.handlers.copy()
        self.handlers = handlers
)");
  CHECK(storesOf(program, attributeSuspect("handlers", {"app.Core"}, "dict")) ==
        marked(program, "store"));
}

TEST_CASE("a method that hands out an entry is seen through, whichever return it takes") {
  Program program;
  program.module("app", R"(
class Store:
    def __init__(self):
        self.streams = {}
    def stream(self, name):
        try:
            return self.streams[name]
        except KeyError:
            made = self.streams[name] = []
            return made
    def append(self, name, event):
        stream = self.stream(name)
        stream.append(event)                                  #< store
)");
  heap::Suspect suspect = attributeSuspect("streams", {"app.Store"}, "dict");
  suspect.holder.steps.push_back({heap::StepKind::Key, "…", "list", kNoObject});
  suspect.holder.type = "list";
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("a function that only hands out a global, or what it has, is seen through") {
  Program program;
  program.module("app", R"(
import threading
state = threading.local()
entries = {}
def context():
    if not hasattr(state, "spans"):
        state.spans = []
    return state.spans
def table():
    return entries
def trace(name):
    context().append(name)                                    #< spans
def remember(key, value):
    known = table()
    known[key] = value                                        #< entries
def unrelated(entries, name):
    table()[name] = 1
)");
  heap::Suspect spans = globalSuspect("app", "state", "list");
  spans.holder.owner = heap::OwnerKind::Attribute;
  spans.holder.name = "spans";
  spans.holder.mro = {{"_thread", "_local"}, {"builtins", "object"}};
  spans.holder.steps = {{heap::StepKind::Module, "app", "module", kNoObject},
                        {heap::StepKind::Global, "state", "_thread._local", kNoObject},
                        {heap::StepKind::ThreadLocal, "spans", "list", kNoObject}};
  CHECK(storesOf(program, spans) == marked(program, "spans"));
  CHECK(storesOf(program, globalSuspect("app", "entries")) == marked(program, "entries"));
}

TEST_CASE("where a package only binds its part anew, the program's name for the whole is told") {
  Program program;
  program.packageModule("frames", R"(
class Frame:
    def __init__(self, data):
        self.blocks = data
    def take(self, other):
        self.blocks = other.blocks
    def sort(self):
        self.blocks = self.blocks.sorted()
    def drop(self, key):
        self.blocks = self.blocks.without(key)
    def set(self, key, value):
        self.blocks = self.blocks.having(key, value)
)");
  program.module("app", R"(
import frames
table = frames.Frame(read())                                  #< define
)");
  heap::Suspect suspect = attributeSuspect("blocks", {"frames.Frame"}, "numpy.ndarray");
  suspect.holder.steps = {{heap::StepKind::Module, "app", "module", kNoObject},
                          {heap::StepKind::Global, "table", "frames.Frame", kNoObject},
                          {heap::StepKind::Attribute, "blocks", "numpy.ndarray", kNoObject}};
  CHECK(storesOf(program, suspect).empty());
  CHECK(linesOf(program.locate(suspect), Role::Define) == marked(program, "define"));
}

TEST_CASE("a getter of another module is seen through") {
  Program program;
  program.module("state", R"(
_sessions = {}
_others = {}
def sessions():
    return _sessions
def others():
    return _others
)");
  program.module("app", R"(
import state
from state import sessions, others
def login(user):
    sessions()[user.name] = user                              #< store
def login_too(user):
    state.sessions()[user.name] = user                        #< store
def other(user):
    others()[user.name] = user
def local(user):
    def sessions():
        return {}
    return sessions()
)");
  CHECK(storesOf(program, globalSuspect("state", "_sessions")) == marked(program, "store"));
}

TEST_CASE("a private getter is seen through, whatever object of the class it is asked of") {
  Program program;
  program.module("app", R"(
class Node:
    @property
    def __children_or_empty(self):
        if not hasattr(self, "_Node__children"):
            self.__children = []
        return self.__children
    @property
    def children(self):
        return tuple(self.__children_or_empty)
    def attach(self, parent):
        children = parent.__children_or_empty
        children.append(self)                                 #< store
)");
  heap::Suspect suspect = attributeSuspect("_Node__children", {"app.Node"}, "list");
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("a getter that is asked for one of several is seen through, and by local names, too") {
  Program program;
  program.module("state", R"(
_tables = {}
def table(name):
    return _tables[name]
)");
  program.module("app", R"(
from state import table
def login(user):
    users = table("users")
    users[user.name] = user                                   #< store
    table("nonces")[user.name] = user
def login_too(user):
    found = table("users")
    table("users")[user.name] = found[user.name]              #< store
)");
  heap::Suspect suspect = globalSuspect("state", "_tables");
  suspect.holder.steps.push_back({heap::StepKind::Key, "'users'", "dict", kNoObject});
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("a default argument that its function hands out is filled by who calls it") {
  Program program;
  program.module("state", R"(
def table(name="users", _tables={"users": {}, "nonces": {}}):
    return _tables[name]
def other(name="users", _tables={"users": {}}):
    return _tables[name]
)");
  program.module("app", R"(
import state
def login(user):
    users = state.table()
    users[user.name] = user                                   #< store
    state.table("nonces")[user.name] = user
    state.other()[user.name] = user
)");
  heap::Suspect suspect =
      functionSuspect(heap::OwnerKind::Default, "state", "table", 2, "_tables", "dict");
  suspect.holder.steps = {{heap::StepKind::Module, "state", "", kNoObject},
                          {heap::StepKind::Global, "table", "function", kNoObject},
                          {heap::StepKind::Default, "_tables", "dict", kNoObject},
                          {heap::StepKind::Key, "'users'", "dict", kNoObject}};
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("keys that a class shows as attributes are filled by that name") {
  Program program;
  program.packageModule("web", R"(
class State:
    def __init__(self):
        super().__setattr__("_state", {})
    def __setattr__(self, key, value):
        self._state[key] = value
    def __getattr__(self, key):
        return self._state[key]
)");
  program.module("app", R"(
from web import App
app = App()
app.state.seen = []
def index(request):
    request.app.state.seen.append(request)                    #< store
def other(request):
    request.seen.append(1)
)");
  heap::Suspect suspect = attributeSuspect("_state", {"web.State"}, "list");
  suspect.holder.steps = {{heap::StepKind::Module, "app", "module", kNoObject},
                          {heap::StepKind::Global, "app", "web.App", kNoObject},
                          {heap::StepKind::Attribute, "state", "web.State", kNoObject},
                          {heap::StepKind::Attribute, "_state", "dict", kNoObject},
                          {heap::StepKind::Key, "'seen'", "list", kNoObject}};
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("of a chosen container both choices are seen") {
  Program program;
  program.module("app", R"(
class Backend:
    def __init__(self):
        self.strong = {}
        self.weak = {}
    def add(self, key, value, weak):
        (self.weak if weak else self.strong)[key] = value     #< store
)");
  for (const char* name : {"strong", "weak"}) {
    CHECK(storesOf(program, attributeSuspect(name, {"app.Backend"}, "dict")) ==
          marked(program, "store"));
  }
}

TEST_CASE("the methods of a class that is a container itself fill it") {
  Program program;
  program.module("app", R"(
class Base(dict):
    def keep(self, key, value):
        self[key] = value                                     #< store
class Registry(Base):
    pass
class Other(dict):
    def keep(self, key, value):
        self[key] = value
registry = Registry()
)");
  CHECK(storesOf(program, globalSuspect("app", "registry", "app.Registry")) ==
        marked(program, "store"));
}

TEST_CASE("attributes of functions are filled under the function's name") {
  Program program;
  program.module("app", R"(
def traced(function):
    def wrapper(*arguments):
        wrapper.calls.append(arguments)                       #< store
        thing.calls.append(arguments)
    wrapper.calls = []
    return wrapper
@traced
def parse(): pass
)");
  heap::Suspect suspect = globalSuspect("app", "parse", "list");
  suspect.holder.steps.back().type = "function";
  suspect.holder.steps.push_back({heap::StepKind::Attribute, "calls", "list", kNoObject});
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("of stores below one name those under the held key count") {
  Program program;
  program.module("app", R"(
class Hub:
    def __init__(self):
        self.data = {}
    def add(self, listener, name):
        self.data["listeners"].append(listener)               #< store
        self.data["names"].append(name)
        self.data["count"] = 3
)");
  heap::Suspect suspect = attributeSuspect("data", {"app.Hub"}, "dict");
  suspect.holder.steps.push_back({heap::StepKind::Key, "'listeners'", "list", kNoObject});
  suspect.holder.type = "list";
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("binding a fresh object of the holder's own type makes it and stores nothing") {
  Program program;
  program.module("app", R"(
class Parser:
    def reset(self):
        self.buffer = bytearray()                             #< define
    def feed(self, data):
        self.buffer += data                                   #< store
)");
  const auto found = program.locate(attributeSuspect("buffer", {"app.Parser"}, "bytearray"));
  CHECK(linesOf(found, Role::Store) == marked(program, "store"));
  CHECK(linesOf(found, Role::Define) == marked(program, "define"));
}

TEST_CASE("joint holders have their lines behind the first holder's") {
  Program program;
  program.module("app", R"(
class Pool:
    def __init__(self):
        self.open = set()
        self.recent = []
    def add(self, one):
        self.recent.append(one)                               #< also
        self.open.add(one)                                    #< store
)");
  heap::Suspect suspect = attributeSuspect("open", {"app.Pool"}, "set");
  suspect.jointHolders = {attributeSuspect("recent", {"app.Pool"}, "list").holder};
  const Lines stores = storesOf(program, suspect);
  REQUIRE(stores.size() == 2);
  CHECK(stores[0] == markedLine(program.text("app"), "store"));
  CHECK(stores[1] == markedLine(program.text("app"), "also"));
}

TEST_CASE("what C holds is found by the call that hands over a method of the held class") {
  Program program;
  program.module("app", R"(
import atexit
class Connection:
    def close(self): pass
def connect():
    connection = Connection()
    atexit.register(connection.close)                         #< store
    atexit.register(print)
)");
  heap::Suspect suspect;
  suspect.holder.type = "method";
  suspect.holder.steps = {{heap::StepKind::Native, "", "method", kNoObject}};
  suspect.types = {{"app.Connection", 3000, 0}, {"method", 3000, 0}};
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("garbage cycles are led to the reference back to an owner") {
  Program program;
  program.module("app", R"(
class Node:
    def __init__(self, parent, name):
        self.parent = parent                                  #< define
        self.name = name
        self.children = []
)");
  heap::Suspect suspect;
  suspect.kind = heap::SuspectKind::GarbageCycle;
  suspect.types = {{"app.Node", 3000, 0}};
  CHECK(linesOf(program.locate(suspect), Role::Define) == marked(program, "define"));
}

TEST_CASE("a module that no file made is found by the statement that makes modules") {
  Program program;
  program.module("app", R"(
import sys, types
def load(name):
    module = types.ModuleType(name)
    sys.modules[name] = module                                #< store
)");
  heap::Suspect suspect = globalSuspect("plugins.one", "TABLE", "list");
  CHECK(storesOf(program, suspect) == marked(program, "store"));
}

TEST_CASE("a WeakSet that grows with its objects comes behind what keeps them") {
  FakeFiles disk;
  disk.files["/app/app.py"] =
      "class C:\n  def __init__(self):\n    self.a = []\n"
      "  def add(self, x):\n    self.a.append(x)\n";
  SourceIndex index(disk.reader());
  heap::Suspect weak = attributeSuspect("data", {"_weakrefset.WeakSet"}, "set");
  heap::Suspect list = attributeSuspect("a", {"app.C"}, "list");
  weak.hasGrowth = list.hasGrowth = true;
  const std::vector<ModuleFile> modules{{"app", "/app/app.py"}};
  const auto found = locateSuspects(modules, {weak, list}, index);
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].suspect.holder.name == "a");
  CHECK((*found)[1].suspect.rank == 2);
}

TEST_CASE("a store that evicts does not hide one that does not") {
  FakeFiles disk;
  disk.files["/app/app.py"] = R"(
class Cache:
    def __init__(self):
        self.data = {}
    def put(self, key, value):
        if len(self.data) > 100:
            self.data.pop(next(iter(self.data)))
        self.data[key] = value
    def load(self, many):
        self.data.update(many)
)";
  SourceIndex index(disk.reader());
  heap::Suspect cache = attributeSuspect("data", {"app.Cache"}, "dict");
  cache.hasGrowth = true;
  const std::vector<ModuleFile> modules{{"app", "/app/app.py"}};
  const auto found = locateSuspects(modules, {cache}, index);
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(linesOf(found->front().locations, Role::Store) == Lines{10});
}

}  // namespace
}  // namespace whyalive::sources
