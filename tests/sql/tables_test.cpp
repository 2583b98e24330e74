// The tables say what the graph says: each against a plain loop.
#include <algorithm>
#include <map>
#include <random>

#include "server/heap/expression.h"
#include "server/heap/snapshot_reader.h"
#include "tests/sql/sql_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {
namespace {

using heap::HeapGraph;

template <class Fn>
void eachObject(const HeapGraph& graph, Fn fn) {
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) fn(ObjectIndex{o});
}

std::string num(std::uint64_t n) { return std::to_string(n); }

// Texts in some copies, and objects that hold one another at random.
std::shared_ptr<const heap::Analysis> randomHeap(unsigned seed) {
  std::mt19937 random(seed);
  const auto upTo = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj classes[] = {b.cls("app", "A"), b.cls("app", "B"), b.cls("lib", "C")};
  std::vector<Obj> lists{b.list()};
  b.set(main, "start", lists[0]);
  for (int i = 0; i < 60; ++i) {
    const Obj list = b.list();
    b.append(lists[upTo(lists.size())], b.instance(classes[upTo(3)], {{"kept", list}}));
    if (upTo(4) == 0) b.append(lists[upTo(lists.size())], list);
    lists.push_back(list);
  }
  for (int i = 0; i < 200; ++i) {
    b.append(lists[upTo(lists.size())], b.text("text " + std::to_string(upTo(90))));
  }
  return b.analyse();
}

}  // namespace

TEST_CASE("objects has one row for each object, with its facts") {
  const XmppHeap heap = xmppHeap();
  const HeapGraph& graph = heap.analysis->graph();
  Asker ask(heap.analysis);
  TextRows expected;
  eachObject(graph, [&](ObjectIndex o) {
    expected.push_back(
        {num(raw(o)), num(graph.address(o)), std::string(graph.typeName(o)),
         std::string(heap.analysis->kinds().name(heap.analysis->kinds().of(o))), num(graph.size(o)),
         num(graph.nativeSize(o)), num(heap.analysis->dominators().retained(o)), graph.repr(o),
         graph.tracked(o) ? "1" : "0", heap.analysis->dominators().reachable(o) ? "1" : "0"});
  });
  CHECK(ask.rows("SELECT id, address, type, kind, size, native, retained, repr, tracked, reachable "
                 "FROM objects") == expected);
}

TEST_CASE("duplicates has the texts that GROUP BY would find, and their waste") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Asker ask(randomHeap(seed));
    const TextRows grouped = ask.rows(
        "SELECT text, count(*) AS n, sum(size), (count(*) - 1) * min(size) AS w, min(id) "
        "FROM strings WHERE NOT cut GROUP BY text HAVING n > 1 ORDER BY w DESC, min(id)");
    CHECK(grouped.size() > 20);
    CHECK(ask.rows("SELECT * FROM duplicates") == grouped);
    CHECK(ask.rows("SELECT * FROM duplicates ORDER BY wasted DESC") == grouped);
    CHECK(ask.number("SELECT count(*) FROM duplicates WHERE copies > 2") ==
          std::ranges::count_if(grouped, [](const auto& row) { return std::stoi(row[1]) > 2; }));
  }
  HeapBuilder none;
  none.module("__main__");
  CHECK(Asker(none.analyse()).number("SELECT count(*) FROM duplicates") == 0);
}

TEST_CASE("held has the sums of all that is dominated by objects of a kind, each once") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto analysis = randomHeap(seed);
    const heap::Kinds& kinds = analysis->kinds();
    Asker ask(analysis);
    TextRows all;
    for (const char* holder : {"app.A", "app.B", "lib.C", "list", "str"}) {
      std::map<std::string, std::pair<std::uint64_t, Bytes>> sums;
      eachObject(analysis->graph(), [&](ObjectIndex o) {
        bool held = false;
        eachObject(analysis->graph(), [&](ObjectIndex by) {
          held = held ||
                 (kinds.name(kinds.of(by)) == holder && analysis->dominators().dominates(by, o));
        });
        if (!held) return;
        auto& [count, size] = sums[std::string(kinds.name(kinds.of(o)))];
        ++count;
        size += analysis->graph().size(o);
      });
      TextRows expected;
      for (const auto& [kind, sum] : sums) {
        expected.push_back({holder, kind, num(sum.first), num(sum.second)});
      }
      all.insert(all.end(), expected.begin(), expected.end());
      CHECK(ask.rows("SELECT holder, kind, count, size FROM held WHERE holder = '" +
                     std::string(holder) + "' ORDER BY kind") == expected);
    }
    std::ranges::sort(all);
    CHECK(ask.rows("SELECT holder, kind, count, size FROM held WHERE holder IN "
                   "('app.A', 'app.B', 'lib.C', 'list', 'str') ORDER BY 1, 2") == all);
    CHECK(ask.number("SELECT count(DISTINCT holder) FROM held") ==
          ask.number("SELECT count(*) FROM kinds WHERE count > 0"));
  }
  Asker ask(xmppHeap().analysis);
  CHECK(ask("SELECT * FROM held WHERE holder = 'xmpp.protocol.Iqq'").notes ==
        std::vector<std::string>{
            "no object has the kind 'xmpp.protocol.Iqq'; did you mean 'xmpp.protocol.Iq'?"});
  CHECK(ask.rows("SELECT * FROM held WHERE holder = NULL").empty());
  CHECK(ask.rows("SELECT * FROM held WHERE holder = 5").empty());
}

TEST_CASE("a value is NULL, a number, a text or a blob") {
  Asker ask(xmppHeap().analysis);
  const auto value = [&](const char* name) {
    return ask("SELECT value(target) FROM refs WHERE kind = 'value' AND name = '" +
               std::string(name) + "'")
        .rows[0][0];
  };
  CHECK(value("answer") == sql::SqlValue(std::int64_t{42}));
  CHECK(value("ratio") == sql::SqlValue(2.5));
  CHECK(value("raw") == sql::SqlValue(sql::SqlBlob{"\x01\x02"}));
  CHECK(value("history") == sql::SqlValue());
  CHECK(ask("SELECT value FROM objects WHERE value = 'waiting'").rows[0][0] ==
        sql::SqlValue(std::string("waiting")));
}

TEST_CASE("length counts entries, code points and bytes") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  b.set(main, "a", b.text("žluť"));
  b.set(main, "b", b.list({b.none(), b.none()}));
  b.set(main, "c", b.blob("xyz"));
  b.set(main, "d", b.dict({{b.text("k"), b.none()}}));
  Asker ask(b.analyse());
  CHECK(ask.rows("SELECT name, len(target) FROM refs WHERE name BETWEEN 'a' AND 'd' "
                 "AND kind = 'value' ORDER BY name") ==
        TextRows{{"a", "4"}, {"b", "2"}, {"c", "3"}, {"d", "1"}});
}

TEST_CASE("refs has one row for each reference, under both names of its ends") {
  const XmppHeap heap = xmppHeap();
  const HeapGraph& graph = heap.analysis->graph();
  Asker ask(heap.analysis);
  TextRows expected;
  eachObject(graph, [&](ObjectIndex o) {
    graph.forEachReference(o, [&](const heap::Label&, ObjectIndex target) {
      expected.push_back({num(raw(o)), num(raw(target))});
    });
  });
  std::ranges::sort(expected);
  TextRows found = ask.rows("SELECT source, target FROM refs");
  std::ranges::sort(found);
  CHECK(found == expected);
  CHECK(ask.number("SELECT count(*) FROM refs WHERE source = referrer AND target = referent") ==
        static_cast<std::int64_t>(expected.size()));
}

TEST_CASE("a reference tells how it is held") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string history = num(raw(heap.history));
  CHECK(ask.rows("SELECT kind, name FROM refs WHERE target = " + history) ==
        TextRows{{"value", "history"}});
  CHECK(ask.rows("SELECT kind, name, position FROM refs WHERE source = " + history +
                 " AND position IN (0, 299)") ==
        TextRows{{"index", "0", "0"}, {"index", "299", "299"}});
  CHECK(ask.rows(
            "SELECT r.kind, r.name, value(r.key), typename(r.target) FROM refs r WHERE source = " +
            num(raw(heap.expected)) + " AND kind = 'value' ORDER BY position LIMIT 1") ==
        TextRows{{"value", "1000", "1000", "tuple"}});
  CHECK(ask.rows("SELECT DISTINCT kind, name FROM refs WHERE isinstance(source, 'cell')") ==
        TextRows{{"cell", "cell_contents"}});
}

TEST_CASE("a key that a split dict borrows from its class is no reference") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj key = b.text("colour"), value = b.text("red");
  const Obj dict = b.dict({{key, value}});
  b.set(main, "d", dict);
  snapshot::Contents contents = b.contents();
  auto& shape = contents.shapes[contents.objects[dict].shape];
  REQUIRE(shape.tail == snapshot::Tail::Pairs);
  shape.tail = snapshot::Tail::SplitPairs;  // of every dict that has this shape
  const auto bytes = snapshot::write(contents);
  const auto analysis = heap::analyse(heap::readSnapshot(std::as_bytes(std::span(bytes))).value());
  Asker ask(analysis.value());
  CHECK(ask.rows("SELECT kind, name, target FROM refs WHERE source = " + num(dict)) ==
        TextRows{{"value", "colour", num(value)}});
  CHECK(ask.number("SELECT referrers FROM objects WHERE id = " + num(key)) == 0);
  CHECK(ask.number("SELECT referents FROM objects WHERE id = " + num(dict)) == 1);
  CHECK(ask.rows("SELECT * FROM refs WHERE target = " + num(key)).empty());
}

TEST_CASE("types and kinds add up their objects") {
  const XmppHeap heap = xmppHeap();
  const HeapGraph& graph = heap.analysis->graph();
  Asker ask(heap.analysis);
  std::map<std::string, std::pair<std::uint64_t, Bytes>> types, kinds;
  eachObject(graph, [&](ObjectIndex o) {
    for (auto* sums :
         {&types[std::string(graph.typeName(o))],
          &kinds[std::string(heap.analysis->kinds().name(heap.analysis->kinds().of(o)))]}) {
      sums->first += 1;
      sums->second += graph.size(o);
    }
  });
  const auto asRows = [](const auto& sums) {
    TextRows rows;
    for (const auto& [name, sum] : sums) rows.push_back({name, num(sum.first), num(sum.second)});
    return rows;
  };
  CHECK(ask.rows("SELECT name, count, size FROM types WHERE count > 0 ORDER BY name") ==
        asRows(types));
  CHECK(ask.rows("SELECT name, count, size FROM kinds ORDER BY name") == asRows(kinds));
  CHECK(ask.rows("SELECT kind, count(*), sum(size) FROM objects GROUP BY kind") == asRows(kinds));
  CHECK(ask.rows("SELECT type, count(*), sum(size) FROM objects GROUP BY type") == asRows(types));
  CHECK(ask.rows("SELECT module, qualname, base, python_class FROM types "
                 "WHERE name = 'xmpp.protocol.Iq'") ==
        TextRows{{"xmpp.protocol", "Iq", "xmpp.simplexml.Node", "1"}});
}

TEST_CASE("a kind retains what its outermost members retain") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::int64_t sum = ask.number(
      "SELECT sum(retained) FROM objects WHERE type = 'xmpp.protocol.Iq'");  // none within another
  CHECK(ask.number("SELECT retained FROM kinds WHERE name = 'xmpp.protocol.Iq'") == sum);
  CHECK(ask.number("SELECT retained FROM types WHERE name = 'xmpp.protocol.Iq'") == sum);
  CHECK(sum > ask.number("SELECT sum(size) FROM objects WHERE type = 'xmpp.protocol.Iq'"));
}

TEST_CASE("strings come sorted by text, equal ones together") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  TextRows expected;
  eachObject(heap.analysis->graph(), [&](ObjectIndex o) {
    if (const auto t = heap.analysis->graph().text(o)) expected.push_back({std::string(t->bytes)});
  });
  std::ranges::sort(expected);
  CHECK(ask.rows("SELECT text FROM strings ORDER BY text") == expected);
  std::ranges::reverse(expected);
  CHECK(ask.rows("SELECT text FROM strings ORDER BY text DESC") == expected);
  CHECK(ask.number("SELECT count(*) FROM strings") == static_cast<std::int64_t>(expected.size()));
}

TEST_CASE("frames and locals tell where a coroutine stands and what it keeps") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  CHECK(ask.rows("SELECT state, function, file, line, first_line FROM frames WHERE owner = " +
                 num(raw(heap.coroutine))) ==
        TextRows{{"suspended", "serve", "/srv/daemon.py", "44", "40"}});
  CHECK(ask.rows("SELECT l.name, text(l.object), l.kind FROM frames f JOIN locals l "
                 "ON l.frame = f.frame WHERE f.function = 'serve'") ==
        TextRows{{"request", "waiting", "local"}});
  CHECK(ask.rows("SELECT f.state, l.name, text(l.object) FROM frames f JOIN locals l "
                 "ON l.frame = f.frame WHERE f.function = 'main'") ==
        TextRows{{"running", "banner", "hello"}});
}

TEST_CASE("dominators gives each object its dominator, children and tops from the tree") {
  const XmppHeap heap = xmppHeap();
  const heap::Dominators& tree = heap.analysis->dominators();
  Asker ask(heap.analysis);
  TextRows expected;
  eachObject(heap.analysis->graph(), [&](ObjectIndex o) {
    const ObjectIndex idom = tree.idom(o);
    expected.push_back({num(raw(o)), idom == kNoObject ? "NULL" : num(raw(idom)),
                        num(tree.retained(o)), num(tree.subtreeCount(o))});
  });
  CHECK(ask.rows("SELECT id, dominator, retained, count FROM dominators") == expected);
  const auto withDominator = [&](const std::string& dominator) {
    std::vector<std::string> ids;
    for (const auto& row : expected) {
      if (row[1] == dominator) ids.push_back(row[0]);
    }
    std::ranges::sort(ids);
    return ids;
  };
  const auto idsWhere = [&](const std::string& where) {
    std::vector<std::string> ids;
    for (auto& row : ask.rows("SELECT id FROM dominators WHERE " + where)) ids.push_back(row[0]);
    std::ranges::sort(ids);
    return ids;
  };
  CHECK(idsWhere("dominator IS NULL") == withDominator("NULL"));
  CHECK(idsWhere("dominator = " + num(raw(heap.expected))) ==
        withDominator(num(raw(heap.expected))));
}

TEST_CASE("paths lists the steps that the expression is made of") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  TextRows expected;
  std::size_t i = 0;
  for (const heap::Step& step : heap::stepsTo(*heap.analysis, heap.firstIq)) {
    expected.push_back({num(i++), std::string(heap::toString(step.kind)),
                        step.name.empty() ? "NULL" : step.name,
                        step.type.empty() ? "NULL" : step.type, num(raw(step.object))});
  }
  REQUIRE(expected.size() > 3);
  CHECK(ask.rows("SELECT step, kind, name, type, object FROM paths WHERE id = " +
                 num(raw(heap.firstIq))) == expected);
  CHECK(ask.number("SELECT count(DISTINCT id) FROM paths") ==
        ask.number("SELECT sum(reachable) FROM objects"));
}

TEST_CASE("roots and modules name where paths begin") {
  Asker ask(xmppHeap().analysis);
  CHECK(ask.rows("SELECT r.kind, m.name, m.file FROM roots r JOIN modules m "
                 "ON m.object = r.object WHERE r.name = '__main__'") ==
        TextRows{{"module", "__main__", "/srv/daemon.py"}});
  CHECK(ask.number("SELECT count(*) FROM refs WHERE source = "
                   "(SELECT namespace FROM modules WHERE name = '__main__') AND kind = 'value'") >=
        6);
}

TEST_CASE("columns tell what their values are") {
  Asker ask(xmppHeap().analysis);
  const sql::SqlResult result = ask(
      "SELECT id, address, type, size, refcount, reachable, value, size + 1 FROM objects LIMIT 1");
  std::vector<std::string> types;
  for (const sql::SqlColumn& c : result.columns) types.emplace_back(toString(c.type));
  CHECK(types == std::vector<std::string>{"object", "address", "text", "bytes", "integer", "flag",
                                          "any", "any"});
}

}  // namespace whyalive::testing
