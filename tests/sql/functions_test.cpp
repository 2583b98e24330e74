// Functions over ids, against what the graph says.
#include "server/heap/expression.h"
#include "server/heap/retained_set.h"
#include "tests/sql/sql_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {
namespace {
std::string num(ObjectIndex o) { return std::to_string(raw(o)); }
}  // namespace

TEST_CASE("attr gives the id of an attribute's value, NULL when it is None or absent") {
  const XmppHeap heap = xmppHeap();
  const heap::HeapGraph& graph = heap.analysis->graph();
  Asker ask(heap.analysis);
  const std::string iq = num(heap.firstIq);
  CHECK(ask.text("SELECT attr(" + iq + ", 'name')") == num(graph.attribute(heap.firstIq, "name")));
  CHECK(ask.text("SELECT text(attr(" + iq + ", 'name'))") == "iq");
  CHECK(ask.text("SELECT attr(" + iq + ", 'parent')") == "NULL");
  CHECK(ask.text("SELECT attr(" + iq + ", 'nonsense')") == "NULL");
  CHECK(ask.text("SELECT attr(NULL, 'name')") == "NULL");
}

TEST_CASE("attr finds what an instance inherits from its class") {
  HeapBuilder b;
  const Obj base = b.cls("m", "Base"), derived = b.cls("m", "Derived", {base});
  b.set(base, "limit", b.integer(5));
  const Obj object = b.instance(derived);
  b.set(b.module("__main__"), "x", object);
  Asker ask(b.analyse());
  CHECK(ask.number("SELECT value(attr(" + std::to_string(object) + ", 'limit'))") == 5);
}

TEST_CASE("item looks into dicts by text or number, and into lists from both ends") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj dict = b.dict(
      {{b.text("a"), b.integer(1)}, {b.integer(7), b.integer(2)}, {b.real(0.5), b.integer(3)}});
  const Obj list = b.list({b.integer(10), b.integer(20)});
  b.set(main, "d", dict);
  b.set(main, "l", list);
  Asker ask(b.analyse());
  const auto item = [&](Obj container, const std::string& key) {
    return ask.text("SELECT value(item(" + std::to_string(container) + ", " + key + "))");
  };
  CHECK(item(dict, "'a'") == "1");
  CHECK(item(dict, "7") == "2");
  CHECK(item(dict, "7.0") == "2");
  CHECK(item(dict, "0.5") == "3");
  CHECK(item(dict, "'7'") == "NULL");
  CHECK(item(list, "0") == "10");
  CHECK(item(list, "-1") == "20");
  CHECK(item(list, "2") == "NULL");
  CHECK(item(list, "-3") == "NULL");
  CHECK(item(list, "'x'") == "NULL");
}

TEST_CASE("len, typename, kind, size, retained and repr say what the tables say") {
  Asker ask(xmppHeap().analysis);
  CHECK(ask.number("SELECT count(*) FROM objects WHERE typename(id) IS NOT type "
                   "OR kind(id) IS NOT kind OR size(id) IS NOT size OR repr(id) IS NOT repr "
                   "OR retained(id) IS NOT retained OR len(id) IS NOT length "
                   "OR value(id) IS NOT value") == 0);
  CHECK(ask.number("SELECT count(*) FROM strings WHERE text(id) IS NOT text") == 0);
}

TEST_CASE("path is the expression of the shortest named path, NULL for garbage") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  CHECK(ask.text("SELECT path(" + num(heap.firstIq) + ")") ==
        heap::expressionTo(*heap.analysis, heap.firstIq));
  CHECK(ask.number("SELECT count(*) FROM objects WHERE (path(id) IS NULL) = reachable") == 0);
}

TEST_CASE("holder is the outermost container on the path, and key how it is held there") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string expected = heap::expressionTo(*heap.analysis, heap.expected);
  CHECK(expected == "__main__.dispatcher._expected");
  CHECK(ask.rows("SELECT holder(id), count(*) FROM objects WHERE type = 'xmpp.protocol.Iq' "
                 "GROUP BY 1") == TextRows{{expected, std::to_string(kIqs)}});
  CHECK(ask.text("SELECT holder_id(" + num(heap.firstIq) + ")") == num(heap.expected));
  CHECK(ask.text("SELECT holder(" + num(heap.expected) + ")") == expected);
  CHECK(ask.text("SELECT holder_id(" + num(heap.expected) + ")") == "NULL");
  CHECK(ask.text("SELECT key(" + num(heap.expected) + ")") == "_expected");
  CHECK(ask.rows("SELECT key(id) FROM objects WHERE type = 'tuple' AND holder_id(id) = " +
                 num(heap.expected) + " AND len(id) = 2 ORDER BY id LIMIT 2") ==
        TextRows{{"1000"}, {"1001"}});
  CHECK(ask.text("SELECT key(target) FROM refs WHERE source = " + num(heap.history) +
                 " AND position = 7") == "7");
}

TEST_CASE("retained_together counts what several share once they all go") {
  const XmppHeap heap = xmppHeap();
  const heap::Analysis& analysis = *heap.analysis;
  std::vector<ObjectIndex> iqs;
  for (std::uint32_t o = 0; o < analysis.graph().objectCount(); ++o) {
    if (analysis.graph().typeName(ObjectIndex{o}) == "xmpp.protocol.Iq") {
      iqs.push_back(ObjectIndex{o});
    }
  }
  Asker ask(heap.analysis);
  const std::string where = " FROM objects WHERE type = 'xmpp.protocol.Iq'";
  CHECK(ask.text("SELECT retained_together(id)" + where) ==
        std::to_string(*heap::retainedSize(analysis, iqs)));
  CHECK(ask.number("SELECT retained_together(id)" + where + " AND id < 0") == 0);
  CHECK(ask.rows("SELECT retained_together(id) FROM (SELECT id" + where + " UNION ALL SELECT id" +
                 where + ")") == ask.rows("SELECT retained_together(id)" + where));
}

TEST_CASE("isinstance counts derived types, dominates follows the tree") {
  const XmppHeap heap = xmppHeap();
  Asker ask(heap.analysis);
  const std::string iq = num(heap.firstIq), dict = num(heap.expected);
  CHECK(ask.number("SELECT isinstance(" + iq + ", 'xmpp.simplexml.Node')") == 1);
  CHECK(ask.number("SELECT isinstance(" + iq + ", 'xmpp.protocol.Iq')") == 1);
  CHECK(ask.number("SELECT isinstance(" + dict + ", 'xmpp.protocol.Iq')") == 0);
  CHECK(ask.number("SELECT isinstance(" + dict + ", 'unheard.Of')") == 0);
  CHECK(ask.number("SELECT dominates(" + dict + ", " + iq + ")") == 1);
  CHECK(ask.number("SELECT dominates(" + iq + ", " + dict + ")") == 0);
}

TEST_CASE("a number that is no object's id is an error that says which are") {
  Asker ask(xmppHeap().analysis);
  const std::string count = ask.text("SELECT count(*) - 1 FROM objects");
  CHECK(ask.error("SELECT attr(99999999, 'x')")
            .message.find("99999999 is not the id of an object: this snapshot has 0 to " + count) !=
        std::string::npos);
  CHECK(ask.error("SELECT retained(-1)").message.find("-1 is not the id") != std::string::npos);
  CHECK(ask.error("SELECT path('client')").message.find("named by its id") != std::string::npos);
}

}  // namespace whyalive::testing
