// From a statement inside a package to the program's line that reaches it, and the other names that
// a holder goes by: each way one test.
#include "tests/sources/locate_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

using Lines = std::vector<std::uint32_t>;

// Lines of the program that are named as keeping something.
Lines programStores(Program& program, const heap::Suspect& suspect) {
  Lines lines;
  for (const Location& one : program.locate(suspect)) {
    if (one.role == Role::Store && one.file == program.fileOf("app")) lines.push_back(one.line);
  }
  return lines;
}

Lines marked(const Program& program, const std::string& mark, const std::string& module = "app") {
  return markedLines(program.text(module), mark);
}

heap::Suspect insideOf(const std::string& name, const std::string& cls,
                       const std::string& type = "list") {
  heap::Suspect suspect = attributeSuspect(name, {cls}, type);
  suspect.evidence.identifiers = {"Panel"};
  return suspect;
}

TEST_CASE("a function that a method makes and hands on is reached by calling the method") {
  Program program;
  program.packageModule("bus", R"(
class Bus:
    def __init__(self):
        self.observers = []
    def subscribe(self, observer):
        def connect():
            self._add(observer)
        schedule(connect)
    def _add(self, observer):
        self.observers.append(observer)
)");
  program.module("app", R"(
from bus import Bus
bus = Bus()
class Panel:
    def __init__(self):
        bus.subscribe(self.draw)                              #< call
)");
  CHECK(programStores(program, insideOf("observers", "bus.Bus")) == marked(program, "call"));
}

TEST_CASE("an item store reaches the __setitem__ of the class that the attribute was made as") {
  Program program;
  program.packageModule("mqtt.topics", R"(
class Tree:
    def __init__(self):
        self._nodes = {}
    def __setitem__(self, key, value):
        self._nodes[key] = value
)");
  program.packageModule("mqtt.client", R"(
from mqtt.topics import Tree
class Client:
    def __init__(self):
        self.filters = Tree()
        self.names = {}
    def listen(self, topic, callback):
        self.filters[topic] = callback
    def rename(self, topic, name):
        self.names[topic] = name
)");
  program.module("app", R"(
from mqtt import client
c = client.Client()
def work(panel):
    c.listen("a", panel)                                      #< call
    c.rename("a", "b")
)");
  heap::Suspect suspect = insideOf("_nodes", "topics.Tree", "dict");
  suspect.holder.mro.front() = {"mqtt.topics", "Tree"};
  CHECK(programStores(program, suspect) == marked(program, "call"));
}

TEST_CASE("an item store reaches the __setitem__ of the class that an attribute is called like") {
  Program program;
  program.packageModule("db.store", R"(
class TableStore:
    def __init__(self):
        self._rows = {}
    def __setitem__(self, key, value):
        self._rows[key] = value
)");
  program.packageModule("db.table", R"(
class Table:
    def __init__(self, name, stores):
        self._stores = stores
        self._name = name
        self._names = stores.names
    @property
    def _store(self):
        return self._stores[self._name]
    def insert(self, row):
        self._store[row.key] = row
    def rename(self, key, name):
        self._names[key] = name
)");
  program.module("app", R"(
import db.table
def work(table, panel):
    table.insert(panel)                                       #< call
    table.rename("a", panel)
)");
  heap::Suspect suspect = insideOf("_rows", "store.TableStore", "dict");
  suspect.holder.mro.front() = {"db.store", "TableStore"};
  suspect.evidence.identifiers = {"panel"};
  CHECK(programStores(program, suspect) == marked(program, "call"));
}

TEST_CASE("an operator that is a method of the package's is a call into it") {
  Program program;
  program.packageModule("feeds", R"(
class Slot:
    def __init__(self):
        self.targets = []
    def __iadd__(self, target):
        self.targets.append(target)
        return self
)");
  program.module("app", R"(
import feeds
class Panel:
    def __init__(self, feed, step):
        feed.changed += self.draw                             #< call
        self.width += step
        feed.changed -= self.draw
    def draw(self):
        pass
)");
  heap::Suspect suspect = insideOf("targets", "feeds.Slot");
  suspect.evidence.identifiers = {"app.Panel.draw"};
  CHECK(programStores(program, suspect) == marked(program, "call"));
}

TEST_CASE("binding what a package has a setter for is a call into it") {
  Program program;
  program.packageModule("tree", R"(
class Node:
    def __init__(self):
        self._children = []
        self._parent = None
    @property
    def parent(self):
        return self._parent
    @parent.setter
    def parent(self, value):
        self.__attach(value)
    def __attach(self, parent):
        parent._children.append(self)
)");
  program.module("app", R"(
import tree
class Panel(tree.Node):
    def __init__(self, page):
        super().__init__()
        self.parent = page                                    #< call
        self.page = page
)");
  CHECK(programStores(program, insideOf("_children", "tree.Node")) == marked(program, "call"));
}

TEST_CASE("what a decorator puts in a function's place is reached by the function's calls") {
  Program program;
  program.packageModule("jobs", R"(
class Queue:
    def __init__(self):
        self.results = {}
    def task(self, name):
        def decorate(function):
            return Task(self, function)
        return decorate
    def run(self, task, number):
        self.results[number] = task.function(number)
class Task:
    def __init__(self, queue, function):
        self.queue = queue
        self.function = function
    def __call__(self, number):
        return self.queue.run(self, number)
)");
  program.module("app", R"(
from jobs import Queue
queue = Queue()
@queue.task("resize")
def resize(number):
    return number
def plain(number):
    return number
def work():
    resize(1)                                                 #< call
    plain(2)
)");
  CHECK(programStores(program, insideOf("results", "jobs.Queue", "dict")) ==
        marked(program, "call"));
}

TEST_CASE("methods of what a decorator made fill it, calling it does not") {
  Program program;
  program.libraryModule("functools", R"(
def singledispatch(function):
    registry = {}
    def register(cls):
        registry[cls] = function
    return register
)");
  program.module("app", R"(
import functools
@functools.singledispatch
def encode(value):
    raise TypeError
def make(cls):
    encode.register(cls)                                      #< call
    return encode(cls())
)");
  heap::Suspect suspect = globalSuspect("app", "encode", "function");
  suspect.holder.steps.push_back({heap::StepKind::Attribute, "registry", "dict", kNoObject});
  CHECK(programStores(program, suspect) == marked(program, "call"));
}

TEST_CASE("an append to a list of the program's own is no call into the package") {
  Program program;
  program.packageModule("events", R"(
class Listeners:
    def __init__(self):
        self.all = []
    def append(self, listener):
        self.all.append(listener)
def listen(listeners, function):
    listeners.append(function)
)");
  program.module("app", R"(
import events
registry = events.Listeners()
class Panel:
    def __init__(self):
        self.rows = []
        events.listen(registry, self.draw)                    #< call
    def draw(self, row):
        self.rows.append(row)
)");
  heap::Suspect suspect = insideOf("all", "events.Listeners");
  suspect.evidence.identifiers = {"draw", "row"};
  CHECK(programStores(program, suspect) == marked(program, "call"));
}

TEST_CASE("what a decorator's closure keeps is filled by the decorated function's calls") {
  Program program;
  program.packageModule("memo", R"(
def memoize(function):
    cache = {}
    def wrapper(*args):
        cache[args] = function(*args)                         #< store
        return cache[args]
    return wrapper
)");
  program.module("app", R"(
from memo import memoize
@memoize
def report(day):
    return day
def work():
    report(1)                                                 #< call
    other.reports(1)
)");
  heap::Suspect suspect = functionSuspect(heap::OwnerKind::Closure, "memo",
                                          "memoize.<locals>.wrapper", 4, "cache", "dict");
  suspect.holder.steps = {{heap::StepKind::Module, "app", "", kNoObject},
                          {heap::StepKind::Global, "report", "function", kNoObject},
                          {heap::StepKind::Closure, "cache", "dict", kNoObject}};
  const auto found = program.locate(suspect);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().file == program.fileOf("memo"));
  CHECK(Lines{found.front().line} == marked(program, "store", "memo"));
  CHECK(programStores(program, suspect) == marked(program, "call"));
}

TEST_CASE("a container given to a decorator is filled by the decorated function's calls") {
  Program program;
  program.module("app", R"(
from elsewhere import cached
CACHE = {}
@cached(CACHE)
def render(page):
    return page
def work():
    render(1)                                                 #< store
)");
  CHECK(linesOf(program.locate(globalSuspect("app", "CACHE")), Role::Store) ==
        marked(program, "store"));
}

TEST_CASE("a global that is another object's attribute is filled under that name, too") {
  Program program;
  program.module("app", R"(
class Scheduler:
    def __init__(self):
        self.jobs = []
    def add(self, job):
        self.jobs.append(job)                                 #< store
default = Scheduler()
jobs = default.jobs
)");
  CHECK(linesOf(program.locate(globalSuspect("app", "jobs", "list")), Role::Store) ==
        marked(program, "store"));
}

TEST_CASE(
    "a global that is an attribute of something unknown is that of the one class that has it") {
  Program program;
  program.module("pub.topics", R"(
class Topics:
    def __init__(self):
        self._by_name = {}
    def make(self, name):
        self._by_name[name] = name                            #< store
class Others:
    def __init__(self):
        self._names = {}
    def make(self, name):
        self._names[name] = name
)");
  program.module("pub.app", R"(
topics = publisher().topics()
by_name = topics._by_name
)");
  CHECK(linesOf(program.locate(globalSuspect("pub.app", "by_name")), Role::Store) ==
        markedLines(program.text("pub.topics"), "store"));
}

TEST_CASE("a method that getattr chooses stores, from whichever branch it came") {
  Program program;
  program.module("app", R"(
class Watched:
    def __init__(self):
        self.watchers = []
        self.others = []
    def change(self, action, watcher, own):
        if own:
            method = getattr(self.watchers, action)
        else:
            method = getattr(self.others, action)
        method(watcher)                                       #< store
    def look(self, key):
        value = self.watchers
        value = self.others
        value.append(key)
)");
  for (const char* name : {"watchers", "others"}) {
    const auto stores =
        linesOf(program.locate(attributeSuspect(name, {"app.Watched"}, "list")), Role::Store);
    REQUIRE_FALSE(stores.empty());
    CHECK(Lines{stores.back()} == marked(program, "store"));
  }
}

TEST_CASE("the key that setdefault is asked for tells which list is filled") {
  Program program;
  program.module("app", R"(
class Hooks:
    def __init__(self):
        self.by_name = {}
    def always(self, f):
        self.by_name.setdefault(None, []).append(f)
    def shop(self, f):
        self.by_name.setdefault("shop", []).append(f)         #< store
)");
  heap::Suspect suspect = attributeSuspect("by_name", {"app.Hooks"}, "dict");
  suspect.holder.steps.push_back({heap::StepKind::Key, "'shop'", "list", kNoObject});
  suspect.holder.type = "list";
  const auto stores = linesOf(program.locate(suspect), Role::Store);
  REQUIRE_FALSE(stores.empty());
  CHECK(Lines{stores.front()} == marked(program, "store"));
}

}  // namespace
}  // namespace whyalive::sources
