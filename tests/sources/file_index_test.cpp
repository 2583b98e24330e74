#include "server/sources/file_index.h"

#include <algorithm>

#include "tests/sources/sources_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

// "kind how name@line" of every use that changes or binds an attribute, global or enclosed
// variable.
std::vector<std::string> changes(const SourceFile& file, std::string_view name) {
  std::vector<std::string> out;
  for (const Use& use : file.index().uses) {
    if (use.target.name != name) continue;
    if (use.kind == UseKind::Read || use.kind == UseKind::Measure) continue;
    static constexpr const char* kKinds[] = {"define",  "put",    "many",
                                             "rebuild", "remove", "measure"};
    out.push_back(std::string(kKinds[static_cast<int>(use.kind)]) + " " + std::string(use.how) +
                  " @" + std::to_string(file.lines().lineOf(use.range.begin) + 1));
  }
  return out;
}

const Use& only(const SourceFile& file, UseKind kind, std::string_view name) {
  const Use* found = nullptr;
  for (const Use& use : file.index().uses) {
    if (use.kind != kind || use.target.name != name) continue;
    INFO("second use of " << name);
    REQUIRE(found == nullptr);
    found = &use;
  }
  INFO("use of " << name);
  REQUIRE(found != nullptr);
  return *found;
}

TEST_CASE("classes and functions carry CPython's qualified names") {
  const auto file = parsed(R"(
class Outer(Base, metaclass=Meta):
    class Inner(pkg.Other): pass
    def method(self):
        def helper(): pass
        class Local: pass
        return lambda: helper
@decorated
async def top(a, *, b: int = 3, **rest): pass
)");
  const FileIndex& index = file->index();
  REQUIRE(index.classes.size() == 3);
  CHECK(index.classes[0].qualname == "Outer");
  CHECK(index.classes[0].bases.size() == 1);
  CHECK(index.classes[1].qualname == "Outer.Inner");
  CHECK(index.classes[1].bases[0].text() == "pkg.Other");
  CHECK(index.classes[2].qualname == "Outer.method.<locals>.Local");
  REQUIRE(index.functions.size() == 4);
  CHECK(index.functions[0].qualname == "Outer.method");
  CHECK(index.functions[0].selfName == "self");
  CHECK(index.functions[1].qualname == "Outer.method.<locals>.helper");
  CHECK(index.functions[2].qualname == "Outer.method.<locals>.<lambda>");
  CHECK(index.functions[3].isAsync);
  CHECK(index.functions[3].parameters.size() == 3);
  CHECK(file->lines().lineOf(index.functions[3].range.begin) == 7);
}

TEST_CASE("every way to put something into self._x is seen") {
  const std::string statement = GENERATE(
      "self._x[k] = v", "self._x.append(v)", "self._x.add(v)", "self._x.insert(0, v)",
      "self._x.appendleft(v)", "self._x.setdefault(k, v)", "self._x[k], y = v, 1",
      "heapq.heappush(self._x, v)", "bisect.insort(self._x, v)", "list.append(self._x, v)",
      "return self._x.setdefault(k, v)", "x = self._x; x[k] = v", "add = self._x.append; add(v)",
      "(self._x)[k] = v", "getattr(self, '_x').append(v)", "self._x.put_nowait(v)",
      "bus.on_message(self._x.append)", "bus.on(callback=self._x.add)", "self._x.__setitem__(k, v)",
      "self._x.get(k).append(v)", "self._x[k][j] = v", "self._x.setdefault(k, []).append(v)",
      "for b in self._x.values(): b.append(v)", "b = self._x.setdefault(k, []); b.append(v)",
      "(y := self._x).append(v)", "self.items().append(v)", "self.prop.append(v)");
  INFO(statement);
  const auto file = parsed(
      "class A:\n  def items(self): return self._x\n"
      "  @property\n  def prop(self): return self._x\n"
      "  def m(self, k, v):\n    " +
      statement + "\n");
  const auto found = changes(*file, "_x");
  const bool put = std::ranges::any_of(
      found, [](const std::string& one) { return one.starts_with("put") && one.ends_with("@6"); });
  CHECK(put);
}

TEST_CASE("bulk stores and rebuilding are told apart from plain bindings") {
  const auto file = parsed(R"(
class A:
    def m(self, more):
        self.a.extend(more)
        self.b += more
        self.c |= more
        self.d.update(more)
        self.e = self.e + [more]
        self.f = [*self.f, more]
        self.g = Node(more, self.g)
        self.h = sorted(self.h)
        self.i = {}
)");
  CHECK(changes(*file, "a") == std::vector<std::string>{"many extend @4"});
  CHECK(changes(*file, "b") == std::vector<std::string>{"many += @5"});
  CHECK(changes(*file, "c") == std::vector<std::string>{"many |= @6"});
  CHECK(changes(*file, "d") == std::vector<std::string>{"many update @7"});
  CHECK(changes(*file, "e") == std::vector<std::string>{"rebuild = @8"});
  CHECK(changes(*file, "f") == std::vector<std::string>{"rebuild = @9"});
  CHECK(changes(*file, "g") == std::vector<std::string>{"rebuild = @10"});
  CHECK(changes(*file, "h") == std::vector<std::string>{"define = @11"});
  CHECK(changes(*file, "i") == std::vector<std::string>{"define = @12"});
}

TEST_CASE("attribute definitions of every shape are found") {
  const auto file = parsed(R"(
@dataclass
class A:
    __slots__ = ("s", "t")
    registry = {}
    field_: dict = field(default_factory=dict)
    bare: int
    def __init__(self):
        self.x: dict[str, int] = {}
        self.y = self.z = []
        self.p, (self.q, *self.r) = 1, rest
        setattr(self, "named", {})
        setattr(self, other, {})
        self.__dict__["viadict"] = 1
    @classmethod
    def make(cls):
        cls.made = []
    def late(self):
        type(self).shared = 1
)");
  CHECK(file->index().classes[0].slots == std::vector<std::string_view>{"s", "t"});
  for (const char* name : {"registry", "field_", "bare"}) {
    CHECK(only(*file, UseKind::Define, name).target.kind == TargetKind::Class);
  }
  for (const char* name : {"x", "y", "z", "p", "q", "r", "named", "*", "viadict"}) {
    CHECK(only(*file, UseKind::Define, name).target.kind == TargetKind::Self);
  }
  CHECK(only(*file, UseKind::Define, "made").target.kind == TargetKind::Class);
  CHECK(only(*file, UseKind::Define, "shared").target.kind == TargetKind::Class);
  CHECK(only(*file, UseKind::Define, "x").value.kind == ValueKind::Dict);
  CHECK(only(*file, UseKind::Define, "y").value.kind == ValueKind::List);
}

TEST_CASE("names resolve as Python resolves them") {
  const auto file = parsed(R"(
from shared import POOL
CACHE = {}
def put(k, v):
    CACHE[k] = v
def shadow(k, v):
    CACHE = {}
    CACHE[k] = v
def rebind():
    global TABLE
    TABLE = {}
def factory():
    seen = {}
    def inner(k):
        seen[k] = 1
        mod.QUEUE.append(k)
        Registry._items.append(k)
        POOL.append(k)
    return inner
class Registry:
    _items = []
    def add(this, x):
        alias = this
        def later():
            alias._items.append(x)
        this.peer.links.append(x)
)");
  std::vector<std::string> found;
  for (const Use& use : file->index().uses) {
    if (use.kind != UseKind::Put) continue;
    found.push_back(std::to_string(static_cast<int>(use.target.kind)) + " " + use.target.receiver +
                    " " + std::string(use.target.name));
  }
  const auto kind = [](TargetKind one) { return std::to_string(static_cast<int>(one)); };
  CHECK(found == std::vector<std::string>{
                     kind(TargetKind::Global) + "  CACHE", kind(TargetKind::Local) + "  CACHE",
                     kind(TargetKind::Enclosed) + "  seen", kind(TargetKind::Other) + " mod QUEUE",
                     kind(TargetKind::Other) + " Registry _items",
                     kind(TargetKind::Global) + "  POOL", kind(TargetKind::Self) + "  _items",
                     kind(TargetKind::Other) + " this.peer links"});
  CHECK(only(*file, UseKind::Define, "TABLE").target.kind == TargetKind::Global);
}

TEST_CASE("evictions, length checks and reads are noted") {
  const auto file = parsed(R"(
class A:
    def m(self, k):
        if len(self._x) > 100: self._x.popitem()
        del self._x[k]
        self._x.pop(k)
        return self._x[k], self._x.get(k)
)");
  int removes = 0, measures = 0, reads = 0;
  for (const Use& use : file->index().uses) {
    if (use.target.name != "_x") continue;
    removes += use.kind == UseKind::Remove ? 1 : 0;
    measures += use.kind == UseKind::Measure ? 1 : 0;
    reads += use.kind == UseKind::Read ? 1 : 0;
  }
  CHECK(removes == 3);
  CHECK(measures == 1);
  CHECK(reads >= 2);
}

TEST_CASE("suspensions belong to the function they stand in") {
  const auto file = parsed(R"(
async def f(q):
    async with lock:
        async for x in q:
            await g(x)
    def plain():
        y = yield
        yield from other()
)");
  const FileIndex& index = file->index();
  REQUIRE(index.functions.size() == 2);
  CHECK(index.functions[0].suspensions.size() == 3);
  REQUIRE(index.functions[1].suspensions.size() == 2);
  CHECK(index.functions[1].suspensions[0].kind == SuspensionKind::Yield);
  CHECK(index.functions[1].suspensions[1].kind == SuspensionKind::YieldFrom);
}

TEST_CASE("values say what they evidently are") {
  const auto file = parsed(R"(
class A:
    def m(self, f, a):
        self.v.append((f, {"args": a}))
        self.w.append(lambda: a)
        self.y.append(f"{a}")
        self.z.append(b"x" * 100)
        self.u.append([a] if a else None)
)");
  const auto& tuple = only(*file, UseKind::Put, "v").value;
  REQUIRE(tuple.kind == ValueKind::Tuple);
  CHECK(tuple.elements[0].kind == ValueKind::Path);
  CHECK(tuple.elements[1].kind == ValueKind::Dict);
  CHECK(only(*file, UseKind::Put, "w").value.kind == ValueKind::Lambda);
  CHECK(only(*file, UseKind::Put, "y").value.kind == ValueKind::Str);
  CHECK(only(*file, UseKind::Put, "z").value.kind == ValueKind::Bytes);
  CHECK(only(*file, UseKind::Put, "u").value.kind == ValueKind::Choice);
}

TEST_CASE("broken, odd and empty texts are indexed as far as they go") {
  SECTION("an unfinished statement hides neither the class nor what follows") {
    const auto file = parsed(
        "class A:\n  def m(self):\n    self._x[k] = \n    self._x.append(1)\n"
        "def after(): pass\n");
    CHECK(file->index().classNamed("A") != nullptr);
    CHECK_FALSE(file->index().functionsNamed("A.m").empty());
    CHECK_FALSE(changes(*file, "_x").empty());
  }
  SECTION("CRLF, tabs, a byte order mark and non-ASCII names") {
    const auto file = parsed(
        "\xEF\xBB\xBF"
        "class Caf\xC3\xA9:\r\n\tdef m(self):\r\n\t\tself.\xC3\xBC[1] = 2\r\n");
    CHECK(file->index().classNamed("Caf\xC3\xA9") != nullptr);
    const Use& use = only(*file, UseKind::Put, "\xC3\xBC");
    CHECK(file->range(use.range).begin == TextPosition{2, 2});
  }
  SECTION("lone carriage returns end lines") {
    const auto file = parsed("class A:\r  def m(self):\r    self.x.append(1)\r");
    CHECK(changes(*file, "x") == std::vector<std::string>{"put append @3"});
  }
  SECTION("nothing, blanks and noise") {
    CHECK(dump(*parsed("")).empty());
    CHECK(dump(*parsed("\n\n  \n")).empty());
    parsed(std::string("\0\1\2def \xFF(", 9));
    parsed("x = " + std::string(20000, '(') + "1");
    parsed("x = " + std::string(20000, '[') + std::string(20000, ']'));
    std::string chain = "a";
    for (int i = 0; i < 5000; ++i) chain += ".b()";
    parsed(chain);
    std::string sum = "x = 1";
    for (int i = 0; i < 20000; ++i) sum += " + 1";
    parsed(sum);
    std::string deep;
    for (int i = 0; i < 300; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
    parsed(deep);
  }
}

}  // namespace
}  // namespace whyalive::sources
