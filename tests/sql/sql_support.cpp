#include "tests/sql/sql_support.h"

#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {
namespace {

class XmppBuilder {
 public:
  explicit XmppBuilder(int iqs) : iqs_(iqs) {}

  XmppHeap build() {
    main_ = b_.module("__main__", "/srv/daemon.py");
    node_ = b_.cls("xmpp.simplexml", "Node");
    iq_ = b_.cls("xmpp.protocol", "Iq", {node_});
    b_.set(b_.module("xmpp.simplexml", "/srv/xmpp/simplexml.py"), "Node", node_);
    b_.set(b_.module("xmpp.protocol", "/srv/xmpp/protocol.py"), "Iq", iq_);
    XmppHeap heap;
    heap.expected = at(fillDispatcher());
    heap.firstIq = at(firstIq_);
    heap.history = at(fillHistory());
    heap.coroutine = at(suspend());
    addValues();
    addGarbage();
    heap.analysis = b_.analyse();
    return heap;
  }

 private:
  Obj node(const std::string& name, Obj parent, Obj cls) {
    const Obj kids = b_.list();
    const Obj o = b_.instanceWithDict(
        cls, {{"name", b_.text(name)}, {"parent", parent}, {"attrs", b_.dict()}, {"kids", kids}});
    kidsOf_[o] = kids;
    if (parent != b_.none()) b_.append(kidsOf_.at(parent), o);
    return o;
  }

  Obj fillDispatcher() {
    const Obj dispatcher = b_.cls("xmpp.dispatcher", "Dispatcher");
    const Obj module = b_.module("xmpp.dispatcher", "/srv/xmpp/dispatcher.py");
    b_.set(module, "Dispatcher", dispatcher);
    const Obj code = b_.code("/srv/xmpp/dispatcher.py", "on_reply", 10, {"request"});
    const Obj expected = b_.dict();
    for (int i = 0; i < iqs_; ++i) {
      const Obj iq = node("iq", b_.none(), iq_);
      if (i == 0) firstIq_ = iq;
      const Obj query = node("query", iq, node_);
      node("item", query, node_);
      node("item", query, node_);
      const Obj reply = b_.function(code, module, {{"request", iq}});
      b_.put(expected, b_.integer(1000 + i), b_.tuple({reply, b_.dict()}));
    }
    const Obj client = b_.instance(dispatcher, {{"_expected", expected}});
    b_.set(main_, "dispatcher", client);
    return expected;
  }

  Obj fillHistory() {
    const Obj history = b_.list();
    for (int i = 0; i < kHistory; ++i)
      b_.append(history, b_.text(i % 3 == 0 ? "presence" : "m" + std::to_string(i)));
    b_.set(main_, "history", history);
    return history;
  }

  Obj suspend() {
    const Obj code = b_.code("/srv/daemon.py", "serve", 40);
    const Obj waiting = b_.suspended(code, 44, {{"request", b_.text("waiting")}});
    b_.set(main_, "task", waiting);
    b_.runningFrame(b_.code("/srv/daemon.py", "main", 50), 57, {{"banner", b_.text("hello")}});
    return waiting;
  }

  void addValues() {
    b_.set(main_, "ratio", b_.real(2.5));
    b_.set(main_, "answer", b_.integer(42));
    b_.set(main_, "raw", b_.blob("\x01\x02"));
    const Obj array = b_.object("array.array");
    b_.nativeSize(array, 5000);
    b_.set(main_, "samples", array);
  }

  void addGarbage() {
    for (int i = 0; i < kGarbage; ++i) {
      const Obj a = b_.instance(node_), b = b_.instance(node_, {{"parent", a}});
      b_.setAttribute(a, "kid", b);
    }
  }

  int iqs_;
  HeapBuilder b_;
  Obj main_ = 0, node_ = 0, iq_ = 0, firstIq_ = 0;
  std::map<Obj, Obj> kidsOf_;
};

}  // namespace

XmppHeap xmppHeap(int iqs) { return XmppBuilder(iqs).build(); }

std::string textOf(const sql::SqlValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) return std::to_string(*d);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  if (const auto* b = std::get_if<sql::SqlBlob>(&value)) return b->bytes;
  return "NULL";
}

TextRows textRows(const sql::SqlResult& result) {
  TextRows rows;
  for (const auto& row : result.rows) {
    std::vector<std::string>& texts = rows.emplace_back();
    for (const sql::SqlValue& value : row) texts.push_back(textOf(value));
  }
  return rows;
}

namespace {
sql::SqlSession opened(std::shared_ptr<const heap::Analysis> analysis) {
  Result<sql::SqlSession> session = sql::SqlSession::open(std::move(analysis));
  if (!session) FAIL(session.error().text());
  return *std::move(session);
}
}  // namespace

Asker::Asker(std::shared_ptr<const heap::Analysis> analysis)
    : session_(opened(std::move(analysis))) {}

sql::SqlResult Asker::operator()(std::string_view sql) {
  sql::SqlOptions options;
  options.limit = 100'000;
  Result<sql::SqlResult> result = session_.query(sql, options);
  if (!result) FAIL(std::string(sql) + "\n" + result.error().text());
  return *std::move(result);
}

std::int64_t Asker::number(std::string_view sql) {
  const sql::SqlResult result = (*this)(sql);
  REQUIRE(result.rows.size() == 1);
  return std::get<std::int64_t>(result.rows[0][0]);
}

std::string Asker::text(std::string_view sql) {
  const TextRows all = rows(sql);
  REQUIRE(all.size() == 1);
  return all[0][0];
}

std::string Asker::plan(std::string_view sql) {
  std::string lines;
  for (const auto& row : rows("EXPLAIN QUERY PLAN " + std::string(sql))) lines += row.back() + "\n";
  return lines;
}

Error Asker::error(std::string_view sql) {
  const Result<sql::SqlResult> result = session_.query(sql);
  INFO(std::string(sql));
  REQUIRE(!result.has_value());
  return result.error();
}

}  // namespace whyalive::testing
