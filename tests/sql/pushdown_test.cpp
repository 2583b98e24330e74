// Conditions go straight to the rows that fulfil them: the number of rows visited proves it, the
// plan says it, and the answer is the one that a full scan gives.
#include "tests/sql/sql_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {
namespace {

std::string num(std::uint64_t n) { return std::to_string(n); }
std::string num(ObjectIndex o) { return num(raw(o)); }

// `+column` keeps SQLite from handing the condition to the table: everything is visited.
struct Comparison {
  std::string where;  // handed down
  std::string scan;   // the same, not handed down
  std::string plan;   // in EXPLAIN QUERY PLAN
};

void checkPushedDown(Asker& ask, const std::string& table, const Comparison& c) {
  INFO(table << " WHERE " << c.where);
  const sql::SqlResult fast =
      ask("SELECT * FROM " + table + " WHERE " + c.where + " ORDER BY 1, 2");
  const sql::SqlResult slow = ask("SELECT * FROM " + table + " WHERE " + c.scan + " ORDER BY 1, 2");
  CHECK(fast.rows == slow.rows);
  CHECK(!fast.rows.empty());
  CHECK(fast.visited <= fast.rows.size() + 1);
  CHECK(fast.visited < slow.visited);
  CHECK(ask.plan("SELECT * FROM " + table + " WHERE " + c.where).find(":" + c.plan) !=
        std::string::npos);
}

}  // namespace

TEST_CASE("a condition on objects visits only the objects that fulfil it") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string id = num(heap.firstIq);
  const std::string address = num(heap.analysis->graph().address(heap.firstIq));
  const Comparison comparisons[] = {
      {"id = " + id, "+id = " + id, "id="},
      {"id = '" + id + "'", "+id = " + id, "id="},
      {"id = " + id + ".0", "+id = " + id, "id="},
      {"id > 5 AND id <= 9", "+id > 5 AND +id <= 9", "id>l"},
      {"id BETWEEN 4.5 AND 7.5", "+id BETWEEN 4.5 AND 7.5", "idgl"},
      {"id IN (3, 4, 77)", "+id IN (3, 4, 77)", "id="},
      {"address = " + address, "+address = " + address, "address="},
      {"type = 'xmpp.simplexml.Node'", "+type = 'xmpp.simplexml.Node'", "type="},
      {"type LIKE 'XMPP.simple%'", "+type LIKE 'XMPP.simple%'", "type~"},
      {"type GLOB 'xmpp.*'", "+type GLOB 'xmpp.*'", "type*"},
      {"kind = 'dict of xmpp.protocol.Iq'", "+kind = 'dict of xmpp.protocol.Iq'", "kind="},
      {"kind LIKE 'dict of%'", "+kind LIKE 'dict of%'", "kind~"},
      {"module = 'xmpp.protocol'", "+module = 'xmpp.protocol'", "module="},
      {"isinstance(id, 'xmpp.simplexml.Node')", "isinstance(+id, 'xmpp.simplexml.Node')", "idi"},
      {"reachable = 0", "+reachable = 0", "reachable="},
      {"type = 'dict' AND id = " + num(heap.expected),
       "+type = 'dict' AND +id = " + num(heap.expected), "id="},
  };
  for (const Comparison& c : comparisons) checkPushedDown(ask, "objects", c);
}

TEST_CASE("a condition on refs visits only the references of that object") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string dict = num(heap.expected), iq = num(heap.firstIq);
  const Comparison comparisons[] = {
      {"source = " + dict, "+source = " + dict, "source="},
      {"referrer = " + dict, "+source = " + dict, "referrer="},
      {"target = " + iq, "+target = " + iq, "target="},
      {"referent = " + iq, "+target = " + iq, "referent="},
      {"source BETWEEN 3 AND 5", "+source BETWEEN 3 AND 5", "sourcegl"},
      {"name = 'parent'", "+name = 'parent'", "name="},
      {"name = '_expected'", "+name = '_expected'", "name="},
      {"name = '__class__'", "+name = '__class__'", "name="},
      {"isinstance(source, 'cell')", "isinstance(+source, 'cell')", "sourcei"},
  };
  for (const Comparison& c : comparisons) checkPushedDown(ask, "refs", c);
}

TEST_CASE("a name that positions and numbers bear is looked for everywhere") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  for (const std::string name : {"7", "1000", "no such name", "", "True"}) {
    INFO(name);
    CHECK(ask("SELECT * FROM refs WHERE name = '" + name + "' ORDER BY 1, 2, 6").rows ==
          ask("SELECT * FROM refs WHERE +name = '" + name + "' ORDER BY 1, 2, 6").rows);
  }
  CHECK(ask("SELECT * FROM refs WHERE name = '1000'").visited > 100);
  CHECK(ask("SELECT * FROM refs WHERE name = 'nowhere'").visited == 0);
}

TEST_CASE("one entry of a large list is found without looking at the others") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const sql::SqlResult all =
      ask("SELECT target, position FROM refs WHERE source = " + num(heap.history));
  REQUIRE(all.rows.size() == kHistory);
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, all.rows.size() - 1}) {
    const std::string target = textOf(all.rows[i][0]);
    const sql::SqlResult one = ask("SELECT position FROM refs WHERE target = " + target +
                                   " AND source = +" + num(heap.history));
    CHECK(textRows(one) == TextRows{{textOf(all.rows[i][1])}});
    CHECK(ask("SELECT position FROM refs WHERE target = " + target).visited == 1);
  }
}

TEST_CASE("a condition on strings uses their order") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const Comparison comparisons[] = {
      {"text = 'presence'", "+text = 'presence'", "text="},
      {"text >= 'm2' AND text < 'm3'", "+text >= 'm2' AND +text < 'm3'", "textg<"},
      {"text BETWEEN 'm10' AND 'm11'", "+text BETWEEN 'm10' AND 'm11'", "textgl"},
  };
  for (const Comparison& c : comparisons) checkPushedDown(ask, "strings", c);
  const std::string id = ask.text("SELECT min(id) FROM strings WHERE text = 'waiting'");
  checkPushedDown(ask, "strings", {"id = " + id, "+id = " + id, "id="});
  checkPushedDown(ask, "strings", {"id > " + id, "+id > " + id, "id>"});
}

TEST_CASE("conditions on the smaller tables are look-ups") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string iq = num(heap.firstIq);
  const std::string type = ask.text("SELECT object FROM types WHERE name = 'xmpp.protocol.Iq'");
  checkPushedDown(ask, "types", {"name = 'dict'", "+name = 'dict'", "name="});
  checkPushedDown(ask, "types", {"object = " + type, "+object = " + type, "object="});
  checkPushedDown(ask, "kinds", {"name = 'str'", "+name = 'str'", "name="});
  checkPushedDown(ask, "kinds",
                  {"owner = 'xmpp.protocol.Iq'", "+owner = 'xmpp.protocol.Iq'", "owner="});
  checkPushedDown(ask, "roots", {"name = '__main__'", "+name = '__main__'", "name="});
  checkPushedDown(ask, "modules", {"name = '__main__'", "+name = '__main__'", "name="});
  checkPushedDown(ask, "dominators", {"id = " + iq, "+id = " + iq, "id="});
  const std::string dominator = num(heap.analysis->dominators().idom(heap.firstIq));
  checkPushedDown(ask, "dominators",
                  {"dominator = " + dominator, "+dominator = " + dominator, "dominator="});
  checkPushedDown(ask, "dominators", {"dominator IS NULL", "+dominator IS NULL", "dominatorn"});
  checkPushedDown(ask, "paths", {"id = " + iq, "+id = " + iq, "id="});
}

TEST_CASE("a join goes from the few to the many") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const sql::SqlResult result =
      ask("SELECT o.id, count(*) FROM objects o JOIN refs r ON r.target = o.id "
          "WHERE o.type = 'xmpp.protocol.Iq' GROUP BY o.id");
  CHECK(result.rows.size() == kIqs);
  // Each Iq, and its two referrers: its child's parent and the closure's cell.
  CHECK(result.visited == kIqs * (1 + 2));
}

TEST_CASE("what would be freed with an object is asked for by a parameter") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string dict = num(heap.expected);
  TextRows expected;
  for (const std::uint32_t o : heap.analysis->dominators().subtree(heap.expected)) {
    expected.push_back({num(o)});
  }
  const sql::SqlResult result = ask("SELECT id FROM dominators WHERE within = " + dict);
  CHECK(textRows(result) == expected);
  CHECK(result.visited == expected.size());
  // Other conditions come on top, and a join finds the order that knows the parameter.
  CHECK(ask.number("SELECT count(*) FROM dominators WHERE within = " + dict +
                   " AND id = " + num(heap.firstIq)) == 1);
  CHECK(ask.number("SELECT count(*) FROM dominators d JOIN objects o ON d.within = o.id "
                   "WHERE o.type = 'xmpp.protocol.Iq'") ==
        ask.number("SELECT sum(count) FROM dominators WHERE type = 'xmpp.protocol.Iq'"));
  CHECK(ask.rows("SELECT id FROM dominators WHERE within = NULL").empty());
}

TEST_CASE("rows come in the order that is wanted without sorting") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const auto sorts = [&](const std::string& sql) {
    return ask.plan(sql).find("USE TEMP B-TREE") != std::string::npos;
  };
  CHECK(!sorts("SELECT id FROM objects ORDER BY id"));
  CHECK(!sorts("SELECT id FROM objects ORDER BY id DESC"));
  CHECK(!sorts("SELECT type, max(length) FROM objects GROUP BY type"));
  CHECK(!sorts("SELECT kind, max(length) FROM objects GROUP BY kind ORDER BY kind DESC"));
  CHECK(!sorts("SELECT text, count(*) FROM strings GROUP BY text"));
  CHECK(!sorts("SELECT source, count(*) FROM refs GROUP BY source"));
  CHECK(!sorts("SELECT id FROM objects ORDER BY retained DESC LIMIT 10"));
  CHECK(!sorts("SELECT id FROM objects WHERE type = 'str' ORDER BY size DESC LIMIT 10"));
  CHECK(!sorts("SELECT id FROM objects WHERE retained > 1000 ORDER BY retained DESC"));
  CHECK(sorts("SELECT id FROM objects WHERE retained > 1000 ORDER BY size DESC"));
  CHECK(sorts("SELECT id FROM objects ORDER BY size"));
  const auto ordered = [&](const std::string& column, const std::string& order) {
    return ask.rows("SELECT " + column + " FROM objects ORDER BY " + order);
  };
  for (const std::string column : {"id", "type", "kind"}) {
    CHECK(ordered(column, column) == ordered(column, "+" + column));
    CHECK(ordered(column, column + " DESC") == ordered(column, "+" + column + " DESC"));
  }
}

TEST_CASE("the largest objects are found without a look at the others") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  for (const std::string column : {"size", "native", "retained"}) {
    for (const std::string where : {"", "WHERE type = 'str' ", "WHERE isinstance(id, 'dict') ",
                                    "WHERE module = 'builtins' ", "WHERE type LIKE 'xmpp%' "}) {
      INFO(column << " " << where);
      const std::string from = "SELECT id, " + column + " FROM objects " + where + "ORDER BY ";
      // Equal ones in the order of their ids, as if SQLite had sorted them.
      CHECK(ask.rows(from + column + " DESC") == ask.rows(from + "+" + column + " DESC, id"));
      CHECK(ask(from + column + " DESC LIMIT 3").visited <= 4);
    }
  }
}

TEST_CASE("a bound on a size visits what lies beyond it") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::uint64_t all = ask("SELECT id FROM objects").rows.size();
  for (const std::string where :
       {"size > 1000", "size BETWEEN 50 AND 60", "size < 30 AND size >= 24.5", "retained >= 100000",
        "retained < 64", "native > 0", "native > 4999 AND native < 5001", "size > 9e300",
        "size > -5 AND size < 40", "retained > NULL", "size > 'x'", "size < 'x'",
        "retained > 200 AND retained < 100"}) {
    INFO(where);
    const sql::SqlResult fast = ask("SELECT id FROM objects WHERE " + where + " ORDER BY id");
    CHECK(textRows(fast) ==
          ask.rows("SELECT id FROM objects WHERE (" + where + ") + length(id) * 0 ORDER BY id"));
    if (where.find("'x'") == std::string::npos)
      CHECK(fast.visited <= fast.rows.size() * 5 / 4 + 30);
  }
  CHECK(ask("SELECT id FROM objects WHERE retained > 100000").visited < all / 50);
  CHECK(ask.plan("SELECT id FROM objects WHERE retained > 100000").find(":retained>") !=
        std::string::npos);
  // A condition that selects fewer is still preferred.
  CHECK(ask.plan("SELECT id FROM objects WHERE size > 1 AND type = 'xmpp.protocol.Iq'")
            .find(":type=") != std::string::npos);
}

TEST_CASE("a table of sizes can be read twice at once") {
  Asker ask(xmppHeap().analysis);
  CHECK(ask.number("SELECT count(*) FROM objects a JOIN objects b ON b.retained > a.retained "
                   "WHERE a.retained > 500 AND a.id IN "
                   "(SELECT id FROM objects ORDER BY retained DESC LIMIT 60)") ==
        ask.number("SELECT count(*) FROM objects a JOIN objects b ON +b.retained > a.retained "
                   "WHERE +a.retained > 500 AND a.id IN "
                   "(SELECT id FROM objects ORDER BY +retained DESC, id LIMIT 60)"));
}

TEST_CASE("what SQLite compares otherwise than byte by byte is left to SQLite") {
  Asker ask(xmppHeap().analysis);
  CHECK(ask.number("SELECT count(*) FROM objects WHERE type = 'XMPP.PROTOCOL.IQ' COLLATE NOCASE") ==
        kIqs);
  CHECK(ask.rows("SELECT * FROM objects WHERE id = 'x'").empty());
  CHECK(ask.rows("SELECT * FROM objects WHERE id = NULL").empty());
  CHECK(ask.rows("SELECT * FROM objects WHERE id = 1.5").empty());
  CHECK(ask.rows("SELECT * FROM objects WHERE id > 'x'").empty());
  CHECK(ask.rows("SELECT * FROM objects WHERE id < -1 OR id > 1e300").empty());
  CHECK(ask.rows("SELECT * FROM objects WHERE type = 7").empty());
  CHECK(ask.number("SELECT count(*) FROM objects WHERE id < 'x'") ==
        ask.number("SELECT count(*) FROM objects"));
}

TEST_CASE("a text compared with a number column is found whichever way it is spelt") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  b.set(main, "a", b.text("007"));
  b.set(main, "b", b.integer(7));
  Asker ask(b.analyse());
  CHECK(ask.rows("SELECT s.text FROM types t JOIN strings s ON s.text = t.count + 0 * s.length "
                 "WHERE t.name = 'int'")
            .empty());  // 1, not 7
  CHECK(ask.rows("SELECT s.text FROM objects o JOIN strings s ON s.text = o.size - 21 "
                 "WHERE o.type = 'int'")
            .size() ==
        ask.rows("SELECT s.text FROM objects o JOIN strings s ON +s.text = o.size - 21 "
                 "WHERE o.type = 'int'")
            .size());
}

}  // namespace whyalive::testing
