#include "server/heap/cycles_report.h"

#include <algorithm>
#include <set>

#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

heap::CyclesReport cyclesOf(const heap::Analysis& analysis) {
  auto report = heap::findCycles(analysis);
  REQUIRE(report.has_value());
  return *std::move(report);
}

std::vector<bool> reachedFrom(const testing::PlainGraph& graph,
                              const std::vector<std::uint32_t>& starts) {
  std::vector<bool> seen(graph.out.size());
  std::vector<std::uint32_t> stack;
  const auto reach = [&](std::uint32_t o) {
    if (seen[o]) return;
    seen[o] = true;
    stack.push_back(o);
  };
  for (const std::uint32_t o : starts) reach(o);
  while (!stack.empty()) {
    const std::uint32_t o = stack.back();
    stack.pop_back();
    for (const std::uint32_t target : graph.out[o]) reach(target);
  }
  return seen;
}

// What a mutual-reachability table says of the cycles of a graph.
struct Expected {
  heap::CycleTotals garbage, live;
  std::multiset<Bytes> liveRetained;
};

Expected expectedOf(const testing::TestHeap& h) {
  const testing::PlainGraph graph = plain(h);
  const std::vector<bool> alive = graph.reachedWithout({});
  const auto bytes = [&](const std::vector<bool>& picked) {
    Bytes sum = 0;
    for (std::uint32_t o = 0; o < picked.size(); ++o) {
      if (picked[o]) sum += h.analysis->graph().size(ObjectIndex{o});
    }
    return sum;
  };
  std::vector<std::vector<bool>> reaches;
  for (std::uint32_t o = 0; o < graph.out.size(); ++o) {
    reaches.push_back(reachedFrom(graph, graph.out[o]));
  }
  Expected expected;
  std::set<std::vector<std::uint32_t>> seen;
  std::vector<std::uint32_t> inGarbageCycles, inLiveCycles;
  for (std::uint32_t o = 0; o < graph.out.size(); ++o) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t other = 0; other < graph.out.size(); ++other) {
      if (reaches[o][other] && reaches[other][o]) members.push_back(other);
    }
    if (members.empty() || !seen.insert(members).second) continue;
    heap::CycleTotals& totals = alive[o] ? expected.live : expected.garbage;
    ++totals.cycles;
    totals.objects += members.size();
    if (!alive[o]) {
      inGarbageCycles.insert(inGarbageCycles.end(), members.begin(), members.end());
      continue;
    }
    std::vector<bool> gone = graph.reachedWithout(members);
    for (std::uint32_t i = 0; i < gone.size(); ++i) gone[i] = alive[i] && !gone[i];
    expected.liveRetained.insert(bytes(gone));
    inLiveCycles.insert(inLiveCycles.end(), members.begin(), members.end());
  }
  std::vector<bool> withThem = graph.reachedWithout(inLiveCycles);
  for (std::uint32_t i = 0; i < withThem.size(); ++i) withThem[i] = alive[i] && !withThem[i];
  expected.live.retained = bytes(withThem);
  std::vector<bool> held = reachedFrom(graph, inGarbageCycles);
  for (std::uint32_t i = 0; i < held.size(); ++i) held[i] = held[i] && !alive[i];
  expected.garbage.retained = bytes(held);
  return expected;
}

// A tree of nodes whose children know their parent.
Obj tree(HeapBuilder& b, Obj cls, int children) {
  const Obj list = b.list();
  const Obj parent = b.instanceWithDict(cls, {{"children", list}});
  for (int i = 0; i < children; ++i) {
    b.append(list, b.instanceWithDict(cls, {{"parent", parent}}));
  }
  return parent;
}

}  // namespace

TEST_CASE("cycles agree with mutual reachability in random graphs, and so does what they hold") {
  std::uint64_t cycles = 0;
  for (unsigned seed = 1; seed <= 80; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h = testing::heapOf(
        testing::randomGraph(seed, 3 + static_cast<int>(seed % 40), 0.5 + seed % 4 * 0.3));
    const Expected expected = expectedOf(h);
    const heap::CyclesReport report = cyclesOf(*h.analysis);
    CHECK(report.garbage.cycles == expected.garbage.cycles);
    CHECK(report.garbage.objects == expected.garbage.objects);
    CHECK(report.garbage.retained == expected.garbage.retained);
    CHECK(report.live.cycles == expected.live.cycles);
    CHECK(report.live.objects == expected.live.objects);
    CHECK(report.live.retained == expected.live.retained);
    cycles += report.garbage.cycles + report.live.cycles;
    for (const heap::CycleGroup& group : report.groups) {
      REQUIRE(!group.ring.steps.empty());
      if (group.state == heap::CycleState::Live && group.cycles == 1) {
        CHECK(expected.liveRetained.contains(group.retained));
      }
      const testing::PlainGraph graph = plain(h);
      for (std::size_t i = 0; i < group.ring.steps.size(); ++i) {
        const auto& out = graph.out[raw(group.ring.steps[i].object)];
        const auto next = group.ring.steps[(i + 1) % group.ring.steps.size()].object;
        CHECK(std::ranges::find(out, raw(next)) != out.end());
      }
    }
  }
  CHECK(cycles > 150);
}

TEST_CASE("equal garbage cycles are one row, with the reference that points back") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("app", "Node");
  b.set(main, "Node", cls);
  for (int i = 0; i < 5; ++i) tree(b, cls, 3);
  b.set(main, "kept", tree(b, cls, 2));
  b.meta("gc.enabled", "0");
  const auto analysis = b.analyse();
  const heap::CyclesReport report = cyclesOf(*analysis);
  REQUIRE(report.groups.size() == 2);
  const heap::CycleGroup& garbage = report.groups[0];
  CHECK(garbage.state == heap::CycleState::Garbage);
  CHECK(garbage.cycles == 5);
  CHECK(garbage.objects == 5 * (1 + 1 + 1 + 3 * 2));  // the nodes, their namespaces, the list
  CHECK(garbage.ring.expression == "Node.children[…].parent");
  CHECK(garbage.holder.empty());
  CHECK(garbage.finalizers.empty());
  CHECK(garbage.retained == analysis->dominators().garbageSize());
  REQUIRE(garbage.cut.has_value());
  CHECK(garbage.cut->type == "app.Node");
  CHECK(garbage.cut->attribute == "parent");
  CHECK(garbage.cut->breaks);
  CHECK(garbage.ring.steps[garbage.cut->step].text == ".parent");

  const heap::CycleGroup& live = report.groups[1];
  CHECK(live.state == heap::CycleState::Live);
  CHECK(live.holder == "__main__.kept");
  CHECK(live.cut->reason == "Node.parent points back to the Node that keeps it alive");
}

TEST_CASE("a cycle that hangs in another one counts once in the total, and in its own row") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj outer = b.instance(b.cls("app", "Outer"));
  b.setAttribute(outer, "me", outer);
  const Obj inner = b.instance(b.cls("app", "Inner"));
  b.setAttribute(inner, "me", inner);
  b.setAttribute(inner, "page", b.text(std::string(5000, 'x')));
  b.setAttribute(outer, "inner", inner);
  b.set(main, "outer", outer);
  const auto analysis = b.analyse();
  const heap::CyclesReport report = cyclesOf(*analysis);
  REQUIRE(report.groups.size() == 2);
  CHECK(report.groups[0].ring.expression == "Outer.me");
  CHECK(report.groups[0].retained > report.groups[1].retained);
  CHECK(report.groups[1].retained > 5000);
  CHECK(report.live.retained == report.groups[0].retained);
}

TEST_CASE("groups beyond the settled ones count what is nested in them once, too") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  for (int i = 0; i < 40; ++i) {  // as many kinds of cycles, each within another of its kind
    const Obj cls = b.cls("app", "Kind" + std::to_string(i));
    const Obj outer = b.instance(cls), inner = b.instance(cls);
    b.setAttribute(outer, "me", outer);
    b.setAttribute(inner, "me", inner);
    b.setAttribute(outer, "inner", inner);
    b.setAttribute(inner, "page", b.text(std::string(5000, 'x')));
    b.set(main, "outer" + std::to_string(i), outer);
  }
  const heap::CyclesReport report = cyclesOf(*b.analyse());
  REQUIRE(report.groups.size() == 40);
  for (const heap::CycleGroup& group : report.groups) {
    CHECK(group.cycles == 2);
    CHECK(group.retained > 5000);
    CHECK(group.retained < 10'000);
  }
}

TEST_CASE("finalizers of a class or of its bases are named") {
  HeapBuilder b;
  const Obj base = b.cls("app", "Base");
  b.set(base, "__del__", b.function(b.code("/app/app.py", "Base.__del__", 2), b.module("app")));
  const Obj cls = b.cls("app", "Connection", {base});
  const Obj one = b.instance(cls);
  b.setAttribute(one, "me", one);
  const heap::CyclesReport report = cyclesOf(*b.analyse());
  REQUIRE(report.groups.size() == 1);
  CHECK(report.groups[0].finalizers == std::vector<std::string>{"app.Connection"});
  CHECK(report.groups[0].ring.expression == "Connection.me");
  CHECK(report.groups[0].cut->reason == "Connection.me refers to the object itself");
  CHECK(report.groups[0].cut->breaks);
}

TEST_CASE("the program's own references make no live cycle, its data does") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj other = b.module("other", "/app/other.py");
  b.set(main, "other", other);
  b.set(other, "main", main);
  const Obj cls = b.cls("__main__", "Button");
  b.set(main, "Button", cls);
  const Obj click = b.function(b.code("/app/main.py", "Button.click", 5), main);
  b.set(cls, "click", click);
  const Obj button = b.instance(cls);
  b.setAttribute(button, "callback", b.boundMethod(click, button));
  b.set(main, "button", button);
  const heap::CyclesReport report = cyclesOf(*b.analyse());
  REQUIRE(report.groups.size() == 1);
  CHECK(report.groups[0].ring.expression == "Button.callback.__self__");
  REQUIRE(report.groups[0].cut.has_value());
  CHECK(report.groups[0].cut->reason.find("weakref.WeakMethod") != std::string::npos);
}

TEST_CASE("a cut that does not break the cycle says so; where nothing points back there is none") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("app", "Node");
  const Obj parent = tree(b, cls, 2);
  b.setAttribute(parent, "self_again", parent);
  b.set(main, "kept", parent);
  const Obj peer = b.cls("app", "Peer");
  const Obj left = b.instance(peer);
  b.setAttribute(left, "other", b.instance(peer, {{"other", left}}));
  const heap::CyclesReport report = cyclesOf(*b.analyse());
  REQUIRE(report.groups.size() == 2);
  for (const heap::CycleGroup& group : report.groups) {
    if (group.state == heap::CycleState::Garbage) {
      CHECK(group.ring.expression == "Peer.other.other");
      CHECK(!group.cut.has_value());
    } else {
      REQUIRE(group.cut.has_value());
      CHECK(!group.cut->breaks);
    }
  }
}

TEST_CASE("one ring of a great many objects is told by its beginning") {
  HeapBuilder b;
  const Obj first = b.list();
  Obj next = first;
  for (int i = 1; i < 100'000; ++i) next = b.list({next});
  b.append(first, next);
  const heap::CyclesReport report = cyclesOf(*b.analyse());
  REQUIRE(report.groups.size() == 1);
  CHECK(report.groups[0].objects == 100'000);
  CHECK(report.groups[0].ring.expression.ends_with("…"));
  CHECK(report.groups[0].ring.steps.size() < 100);
}
