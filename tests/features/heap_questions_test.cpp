// What Python in the frozen copy asks of the snapshot, asked directly.
#include "server/features/heap_questions.h"

#include <nlohmann/json.hpp>

#include "server/heap/analysis.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

using namespace whyalive;
using Json = nlohmann::json;
using testing::HeapBuilder;
using testing::Obj;

namespace {

class Heap {
 public:
  Heap() {
    const Obj main = builder.module("__main__", "/app/main.py");
    const Obj cls = builder.cls("__main__", "Order");
    for (const char* const name : {"first", "second"}) {
      orders.push_back(builder.instance(cls, {{"name", builder.text(name)}}));
    }
    garbage = builder.instance(cls);
    builder.setAttribute(garbage, "me", garbage);
    list = builder.list(orders);
    builder.set(main, "orders", list);
    basket = builder.list({builder.integer(1)});
    builder.runningFrame(builder.code("/app/main.py", "serve", 1), 7, {{"basket", basket}});
    analysis = builder.analyse();
  }

  std::uint64_t address(Obj o) const { return analysis->graph().address(testing::at(o)); }

  features::HeapAnswer ask(const Json& question) const {
    const features::AskSql sql = [this](const std::string& text) {
      auto session = sql::SqlSession::open(analysis);
      REQUIRE(session.has_value());
      return session->query(text);
    };
    return features::answerHeapQuestion(*analysis, sql, question);
  }
  Json answer(const Json& question) const {
    const auto said = ask(question);
    REQUIRE(std::holds_alternative<Json>(said));
    INFO(std::get<Json>(said).dump());
    REQUIRE(std::get<Json>(said).contains("answer"));
    return std::get<Json>(said)["answer"];
  }
  std::string refusal(const Json& question) const {
    const auto said = ask(question);
    REQUIRE(std::holds_alternative<Json>(said));
    REQUIRE(std::get<Json>(said).contains("error"));
    return std::get<Json>(said)["error"];
  }

  HeapBuilder builder;
  std::vector<Obj> orders;
  Obj list = 0, garbage = 0, basket = 0;
  std::shared_ptr<const heap::Analysis> analysis;
};

}  // namespace

TEST_CASE("instances of a type come as addresses, and are counted") {
  const Heap h;
  const auto said = h.ask({{"ask", "by_type"}, {"name", "Order"}});
  REQUIRE(std::holds_alternative<std::vector<std::uint64_t>>(said));
  CHECK(std::get<std::vector<std::uint64_t>>(said) ==
        std::vector<std::uint64_t>{h.address(h.orders[0]), h.address(h.orders[1]),
                                   h.address(h.garbage)});
  CHECK(h.answer({{"ask", "count"}, {"name", "__main__.Order"}}) == 3);
  CHECK(h.refusal({{"ask", "by_type"}, {"name", "Ordre"}}).find("Order") != std::string::npos);
  CHECK(h.refusal({{"ask", "count"}, {"name", "Nothing"}}).find("Nothing") != std::string::npos);
}

TEST_CASE("ids and addresses name the same object, in both directions") {
  const Heap h;
  CHECK(h.answer({{"ask", "object"}, {"id", h.list}}) == h.address(h.list));
  CHECK(h.answer({{"ask", "id"}, {"address", h.address(h.list)}}) == h.list);
  CHECK_FALSE(h.refusal({{"ask", "object"}, {"id", 1'000'000u}}).empty());
  CHECK(h.refusal({{"ask", "id"}, {"address", 12u}}).find("not in the snapshot") !=
        std::string::npos);
}

TEST_CASE("referrers are told as what a person would name") {
  const Heap h;
  const Json rows = h.answer({{"ask", "referrers"}, {"address", h.address(h.orders[1])}});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["address"] == h.address(h.list));
  CHECK(rows[0]["label"] == "[1]");
}

TEST_CASE("a path leads from the root, and garbage has none") {
  const Heap h;
  const Json path = h.answer({{"ask", "path"}, {"address", h.address(h.orders[1])}});
  REQUIRE(path.size() == 3);
  CHECK(path[0]["label"] == "__main__");
  CHECK(path[1]["address"] == h.address(h.list));
  CHECK(path[1]["label"] == ".orders");
  CHECK(path[2]["label"] == "[1]");
  // A frame is no object; the first row is the one that it keeps.
  const Json local = h.answer({{"ask", "path"}, {"address", h.address(h.basket)}});
  REQUIRE(local.size() == 1);
  CHECK(local[0]["address"] == h.address(h.basket));
  CHECK(local[0]["label"] == "<frame serve (main.py:7)>.<local basket>");
  CHECK(h.refusal({{"ask", "path"}, {"address", h.address(h.garbage)}})
            .find("nothing keeps it alive") != std::string::npos);
}

TEST_CASE("SQL comes back as Python's json reads it") {
  const Heap h;
  const Json rows = h.answer({{"ask", "sql"},
                              {"sql",
                               "SELECT text, length, NULL, 0.5, x'01ff' FROM strings WHERE text = "
                               "'first'"}});
  CHECK(rows["columns"].size() == 5);
  CHECK(rows["columns"][0] == "text");
  REQUIRE(rows["rows"].size() == 1);
  CHECK(rows["rows"][0] == Json::array({"first", 5, nullptr, 0.5, "01ff"}));
  CHECK(rows["truncated"] == false);
  CHECK_FALSE(h.refusal({{"ask", "sql"}, {"sql", "SELEC 1"}}).empty());
}

TEST_CASE("questions of the wrong shape are refused, not believed") {
  const Heap h;
  CHECK(h.refusal({{"ask", "weather"}, {"address", h.address(h.list)}}).find("weather") !=
        std::string::npos);
  CHECK_FALSE(h.refusal({{"ask", "id"}, {"address", "0x1000"}}).empty());
  CHECK_FALSE(h.refusal({{"ask", "object"}, {"id", -1}}).empty());
  CHECK_FALSE(h.refusal(Json::array({1, 2})).empty());
  CHECK_FALSE(h.refusal(Json::object()).empty());
}
