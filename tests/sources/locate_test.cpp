#include "server/sources/locate.h"

#include "tests/sources/locate_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;
using Lines = std::vector<std::uint32_t>;

constexpr const char* kDispatcher = R"(
class PlugIn:
    def __init__(self):
        self._exported = []

class Dispatcher(PlugIn):
    def plug(self):
        self.handlers = {}
        self._expected = {}                                   #< define
        self._history = []

    def register(self, name, handler):
        self.handlers[name] = {"name": name, "call": handler}
        self._history.append(name)

    def wait(self, ident, timeout):
        self._expected[ident] = None                          #< weak
        return self._expected[ident]

    def send(self, stanza, call, args={}):
        self._expected[self.write(stanza)] = (call, args)     #< store

    def other(self, key):
        self._expected[key] = "text"                          #< wrong

class Unrelated:
    def __init__(self):
        self._expected = {}
    def put(self, k, v):
        self._expected[k] = (v, {})                           #< unrelated
)";

TEST_CASE("of several stores the one whose value has the held shape comes first") {
  Program program;
  program.module("app", kDispatcher);
  heap::Suspect suspect = attributeSuspect("_expected", {"app.Dispatcher", "app.PlugIn"});
  suspect.evidence.entryTypes = {{"tuple", 3000, 168000}, {"NoneType", 2, 0}};
  suspect.evidence.entryShapes = {"tuple(function, dict)"};
  const auto found = program.locate(suspect);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().role == Role::Store);
  CHECK(found.front().line == markedLine(program.text("app"), "store"));
  CHECK(found.front().function == "Dispatcher.send");
  CHECK(found.front().text.starts_with("self._expected[self.write(stanza)] = (call, args)"));
  CHECK(found.front().column == 9);
  CHECK(firstLineOf(found, Role::Define) == markedLine(program.text("app"), "define"));
  for (const std::uint32_t line : linesOf(found, Role::Store)) {
    CHECK(line != markedLine(program.text("app"), "unrelated"));
    CHECK(line != markedLine(program.text("app"), "wrong"));
  }

  SECTION("without evidence the true owner's stores still come before all others") {
    suspect.evidence = {};
    for (const Location& one : program.locate(suspect)) {
      CHECK(one.line != markedLine(program.text("app"), "unrelated"));
    }
  }
  SECTION("nothing takes entries out: the read is pointed at") {
    CHECK(firstLineOf(found, Role::Cleanup) == 0);  // wait() itself stores; it is no clean-up line
  }
}

TEST_CASE("attributes resolve through the MRO to the class that defines and fills them") {
  Program program;
  program.module("base", R"(
class Base:
    items: list
    def __init__(self):
        self.items = []        #< define
    def add(self, thing):
        self.items.append(thing)   #< store
)");
  program.module("derived", "import base\nclass Derived(base.Base):\n    pass\n");
  const auto found =
      program.locate(attributeSuspect("items", {"derived.Derived", "base.Base"}, "list"));
  CHECK(firstLineOf(found, Role::Store) == markedLine(program.text("base"), "store"));
  CHECK(firstLineOf(found, Role::Define) == markedLine(program.text("base"), "define"));
}

TEST_CASE("stores through other receivers count by what is known of them") {
  Program program;
  program.module("app.model", R"(
class Session:
    def __init__(self):
        self.listeners = []    #< define
class Window:
    def __init__(self):
        self.listeners = []
    def add(self, x):
        self.listeners.append(x)      #< window
)");
  program.module("app.use", R"(
from app.model import Session
def attach(session: Session, f):
    session.listeners.append(f)       #< store
def guess(session, f):
    session.listeners.append(f)       #< likely
)");
  program.module("else_.where", R"(
def attach(button, f):
    button.listeners.append(f)        #< elsewhere
)");
  const auto found = program.locate(attributeSuspect("listeners", {"app.model.Session"}, "list"));
  // className() of the support splits at the first dot; name the module in full here.
  heap::Suspect suspect = attributeSuspect("listeners", {"x.y"}, "list");
  suspect.holder.mro = {{"app.model", "Session"}};
  const Lines stores = linesOf(program.locate(suspect), Role::Store);
  REQUIRE(stores.size() >= 2);
  CHECK(stores[0] == markedLine(program.text("app.use"), "store"));
  CHECK(stores[1] == markedLine(program.text("app.use"), "likely"));
  for (const std::uint32_t line : stores)
    CHECK(line != markedLine(program.text("app.model"), "window"));
}

TEST_CASE("globals are found in their module and through imports") {
  Program program;
  program.module("pkg.reg", R"(
CACHE = {}                     #< define
CACHE["warm"] = 1              #< import-time
def remember(k, v):
    CACHE[k] = v               #< store
def shadow(k):
    CACHE = {}
    CACHE[k] = 1               #< shadow
)");
  program.module("pkg.use", R"(
from .reg import CACHE as C
from . import reg
import pkg.reg
def one(k): C[k] = 1           #< aliased
def two(k): reg.CACHE[k] = 1   #< through-module
def three(k): pkg.reg.CACHE[k] = 1   #< dotted
)");
  program.module("other", "CACHE = {}\ndef f(k):\n    CACHE[k] = 1\n");
  const auto found = program.locate(globalSuspect("pkg.reg", "CACHE"));
  CHECK(firstLineOf(found, Role::Store) == markedLine(program.text("pkg.reg"), "store"));
  CHECK(firstLineOf(found, Role::Define) == markedLine(program.text("pkg.reg"), "define"));
  int inUse = 0;
  for (const Location& one : found) {
    CHECK(one.file != "/app/other.py");
    if (one.role == Role::Store && one.file == "/app/pkg/use.py") ++inUse;
    CHECK_FALSE((one.file == "/app/pkg/reg.py" &&
                 one.line == markedLine(program.text("pkg.reg"), "shadow")));
  }
  CHECK(inUse == 3);
}

TEST_CASE("a container passed on is followed to the function that changes it") {
  Program program;
  program.module("helpers", R"(
def really(target, value):
    target.append(value)              #< helper
def remember(store, value):
    really(store, value)
)");
  program.module("app", R"(
from helpers import remember
class A:
    def __init__(self):
        self._seen = []
    def see(self, x):
        remember(self._seen, x)       #< call
    def safe(self):
        print(self._seen, len(self._seen))
)");
  const auto found = program.locate(attributeSuspect("_seen", {"app.A"}, "list"));
  REQUIRE(linesOf(found, Role::Store).size() == 2);
  CHECK(found[0].line == markedLine(program.text("app"), "call"));
  CHECK(found[1].line == markedLine(program.text("helpers"), "helper"));
  CHECK(found[1].file == "/app/helpers.py");
}

TEST_CASE("names that only the run knows are found in the owner's class") {
  Program program;
  program.module("app", R"(
class A:
    def fill(self, name, value):
        setattr(self, name, value)            #< dynamic
    def fill2(self, more):
        self.__dict__["known"] = more         #< known
)");
  heap::Suspect suspect = attributeSuspect("known", {"app.A"}, "app.Thing");
  suspect.evidence.entryTypes = {};
  const auto found = program.locate(suspect);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().line == markedLine(program.text("app"), "known"));
}

TEST_CASE("private names are looked for as their class writes them") {
  Program program;
  program.module("app", R"(
class _Cache:
    def __init__(self):
        self.__data = {}           #< define
    def put(self, k, v):
        self.__data[k] = v         #< store
)");
  const auto found = program.locate(attributeSuspect("_Cache__data", {"app.Sub", "app._Cache"}));
  CHECK(firstLineOf(found, Role::Store) == markedLine(program.text("app"), "store"));
  CHECK(firstLineOf(found, Role::Define) == markedLine(program.text("app"), "define"));
}

TEST_CASE("a method that the container does not have is no store into it") {
  Program program;
  program.module("app", R"(
class A:
    def __init__(self):
        self.x = {}
    def m(self, v):
        self.x.append(v)
        self.x.add(v)
        self.x[v] = 1          #< store
)");
  const auto found = program.locate(attributeSuspect("x", {"app.A"}));
  CHECK(linesOf(found, Role::Store) == Lines{markedLine(program.text("app"), "store")});
}

TEST_CASE("closures: the capturing function, the variable, and stores into it") {
  Program program;
  program.module("app", R"(
def factory(request):
    seen = {}                          #< define
    def inner(key):                    #< capture
        seen[key] = request            #< store
    return inner
)");
  SECTION("a captured container is filled somewhere") {
    const auto found = program.locate(
        functionSuspect(OwnerKind::Closure, "app", "factory.<locals>.inner", 4, "seen", "dict"));
    CHECK(found.front().line == markedLine(program.text("app"), "store"));
    CHECK(firstLineOf(found, Role::Capture) == markedLine(program.text("app"), "capture"));
    CHECK(firstLineOf(found, Role::Define) == markedLine(program.text("app"), "define"));
  }
  SECTION("a captured object is kept by the capture itself") {
    const auto found = program.locate(functionSuspect(
        OwnerKind::Closure, "app", "factory.<locals>.inner", 4, "request", "app.Request"));
    CHECK(found.front().role == Role::Capture);
    CHECK(found.front().line == markedLine(program.text("app"), "capture"));
    CHECK(firstLineOf(found, Role::Define) == 2);
  }
  SECTION("a variable that the text no longer has gives nothing") {
    CHECK(program
              .locate(functionSuspect(OwnerKind::Closure, "app", "factory.<locals>.inner", 4,
                                      "gone", "dict"))
              .empty());
  }
}

TEST_CASE("a list of callbacks names the inner function that is put in") {
  Program program;
  program.module("app", R"(
class Bus:
    def __init__(self):
        self.callbacks = []
    def watch(self, request):
        def later():                       #< capture
            return request
        self.callbacks.append(later)       #< store
)");
  heap::Suspect suspect = attributeSuspect("callbacks", {"app.Bus"}, "list");
  suspect.evidence.entryTypes = {{"function", 3000, 0}};
  const auto found = program.locate(suspect);
  CHECK(found.front().line == markedLine(program.text("app"), "store"));
  CHECK(firstLineOf(found, Role::Capture) == markedLine(program.text("app"), "capture"));
}

TEST_CASE("suspended frames are found on the line they stand at, moved text or not") {
  const std::string text = R"(
async def handle(request, event):
    data = load(request)          #< binding
    async with lock:
        pass
    await event.wait()            #< suspend
    return data
)";
  heap::Suspect suspect = functionSuspect(OwnerKind::Local, "app", "handle", 2, "data", "app.Blob");
  suspect.kind = heap::SuspectKind::Suspended;
  suspect.holder.line = 6;
  SECTION("as the process has it") {
    Program program;
    program.module("app", text);
    const auto found = program.locate(suspect);
    CHECK(found.front().role == Role::Suspend);
    CHECK(found.front().line == markedLine(text, "suspend"));
    CHECK(firstLineOf(found, Role::Define) == markedLine(text, "binding"));
  }
  SECTION("moved down and changed inside") {
    std::string moved = "import this\n\n\n" + text;
    moved.replace(moved.find("    data ="), 0, "    log('new line')\n");
    Program program;
    program.module("app", moved);
    CHECK(program.locate(suspect).front().line == markedLine(moved, "suspend"));
  }
  SECTION("gone") {
    Program program;
    program.module("app", "async def other(): await x\n");
    CHECK(program.locate(suspect).empty());
  }
}

TEST_CASE("memoised functions: the decorator and the calls that fill the cache") {
  Program program;
  program.module("calc", R"(
import functools
@functools.lru_cache(maxsize=None)     #< decorator
def area(shape, scale):
    return shape
def outline(shape):
    return area(shape, 1)              #< call
area(None, 0)                          #< import-time
)");
  program.module("use", R"(
from calc import area
def draw(shape):
    return area(shape, 2)              #< other-call
)");
  program.module("unrelated", "def area(x): return x\ndef f(): return area(1)\n");
  const auto found = program.locate(
      functionSuspect(OwnerKind::Memo, "calc", "area", 3, "", "functools._lru_cache_wrapper"));
  CHECK(firstLineOf(found, Role::Decorator) == markedLine(program.text("calc"), "decorator"));
  CHECK(firstLineOf(found, Role::Store) == markedLine(program.text("calc"), "call"));
  for (const Location& one : found) CHECK(one.file != "/app/unrelated.py");
  CHECK(linesOf(found, Role::Store).size() == 2);
}

TEST_CASE("a mutable default argument is defined and filled in its own function") {
  Program program;
  program.module("app", "def collect(item, into=[]):\n    into.append(item)   #< store\n");
  const auto found =
      program.locate(functionSuspect(OwnerKind::Default, "app", "collect", 1, "into", "list"));
  CHECK(found.front().line == 2);
  CHECK(firstLineOf(found, Role::Define) == 1);
}

TEST_CASE("a library's container is filled by the user's own line") {
  Program program;
  program.libraryModule("queue", R"(
class Queue:
    def _init(self, maxsize):
        self.queue = deque()
    def put(self, item, block=True):
        self._put(item)
    def _put(self, item):
        self.queue.append(item)
)");
  program.module("app", R"(
import queue
class Worker:
    def __init__(self):
        self.inbox = queue.Queue()     #< define
        self.other = queue.Queue()
    def receive(self, message):
        self.other.put(None)
        self.inbox.put(message)        #< store
)");
  heap::Suspect suspect = attributeSuspect("queue", {"queue.Queue"}, "collections.deque");
  suspect.holder.steps = {{heap::StepKind::Module, "app", "", kNoObject},
                          {heap::StepKind::Global, "worker", "app.Worker", kNoObject},
                          {heap::StepKind::Attribute, "inbox", "queue.Queue", kNoObject},
                          {heap::StepKind::Attribute, "queue", "collections.deque", kNoObject}};
  const auto found = program.locate(suspect);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().line == markedLine(program.text("app"), "store"));
  CHECK(firstLineOf(found, Role::Define) == markedLine(program.text("app"), "define"));
}

TEST_CASE("garbage with the collector off: the switch first, then where the cycles are made") {
  Program program;
  program.module("app", R"(
import gc
class Node: pass
def start():
    gc.disable()                       #< switch
def critical():
    gc.disable()
    gc.enable()
def make():
    return Node()                      #< allocate
)");
  heap::Suspect suspect;
  suspect.kind = heap::SuspectKind::GarbageCycle;
  suspect.types = {{"app.Node", 1000, 48000}};
  const auto found = program.locate(suspect);
  REQUIRE(found.size() == 2);
  CHECK(found[0].line == markedLine(program.text("app"), "switch"));
  CHECK(found[1].role == Role::Allocate);
  CHECK(found[1].line == markedLine(program.text("app"), "allocate"));
}

TEST_CASE("the read that should have been a removal is pointed at") {
  Program program;
  program.module("app", R"(
class Waiters:
    def __init__(self):
        self.pending = {}
    def ask(self, ident, call):
        self.pending[ident] = call
    def answer(self, ident, reply):
        call = self.pending[ident]       #< read
        call(reply)
)");
  const auto found = program.locate(attributeSuspect("pending", {"app.Waiters"}));
  CHECK(firstLineOf(found, Role::Cleanup) == markedLine(program.text("app"), "read"));
  CHECK(found.front().role == Role::Store);
}

TEST_CASE("no source, no names, nothing that fits: an empty answer") {
  Program program;
  CHECK(program.locate(attributeSuspect("x", {"gone.A"})).empty());
  CHECK(program.locate(heap::Suspect{}).empty());
  program.module("app", "class A:\n  def m(self): print(self.x)\n");
  CHECK(program.locate(attributeSuspect("x", {"app.A"})).empty());
  heap::Suspect native;
  native.holder.owner = OwnerKind::Native;
  CHECK(program.locate(native).empty());
}

TEST_CASE("a search can be cancelled") {
  FakeFiles disk{{{"/app/a.py", "class A:\n  def m(self): self.x.append(1)\n"}}, {}};
  SourceIndex index(disk.reader());
  const std::vector<ModuleFile> modules = {{"a", "/app/a.py"}};
  const RunControl stop([](std::string_view, double) { return false; });
  CHECK(locate(attributeSuspect("x", {"a.A"}, "list"), modules, index, stop).empty());
}

}  // namespace
}  // namespace whyalive::sources
