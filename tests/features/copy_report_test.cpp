// What an editor asks of the frozen copy and what it is told, without a copy.
#include "server/features/copy_report.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

using namespace whyalive;
using Json = nlohmann::json;
using testing::HeapBuilder;
using testing::Obj;

namespace {

struct Heap {
  Heap() {
    main = builder.module("__main__", "/app/main.py");
    orders = builder.list({builder.text("first")});
    builder.set(main, "orders", orders);
    builder.place(orders, 0x4000'0000);
    analysis = builder.analyse();
  }
  HeapBuilder builder;
  Obj main = 0, orders = 0;
  std::shared_ptr<const heap::Analysis> analysis;
};

Json said(std::uint64_t address) {
  return {
      {"type", "list"},
      {"address", address},
      {"repr", {{"text", "['first']"}, {"length", 9}, {"cut", false}}},
      {"length", 1},
      {"itemCount", 1},
      {"items",
       Json::array(
           {{{"label", "[0]"}, {"type", "str"}, {"repr", "'first'"}, {"address", 0x9999'0000}}})}};
}

}  // namespace

TEST_CASE("a request names the object by its address in the copy") {
  const Heap h;
  api::EvaluateParams params;
  params.expression = "len(_)";
  params.object = h.orders;
  params.frame = api::FramePlace{17, 2};
  params.timeoutMs = 300;
  const auto request = features::copyRequest(*h.analysis, params);
  REQUIRE(request.has_value());
  CHECK(*request == Json{{"op", "expression"},
                         {"source", "len(_)"},
                         {"textLimit", 10000},
                         {"offset", 0},
                         {"limit", 100},
                         {"milliseconds", 300},
                         {"underscore", 0x4000'0000},
                         {"thread", 17},
                         {"depth", 2}});
  params.mode = api::EvaluateMode::Statements;
  CHECK(features::copyRequest(*h.analysis, params)->at("op") == "statements");
}

TEST_CASE("a request without anything to ask, or for an object that is not there, is refused") {
  const Heap h;
  const auto nothing = features::copyRequest(*h.analysis, {});
  REQUIRE(!nothing.has_value());
  CHECK(nothing.error().code == ErrorCode::InvalidArgument);
  api::EvaluateParams params;
  params.object = 1'000'000;
  const auto unknown = features::copyRequest(*h.analysis, params);
  REQUIRE(!unknown.has_value());
  CHECK(unknown.error().code == ErrorCode::NotFound);
}

TEST_CASE("addresses that the copy tells become ids where the snapshot has the object") {
  const Heap h;
  api::EvaluateResult result;
  REQUIRE(features::readCopyReply(*h.analysis, {{"value", said(0x4000'0000)}}, result));
  REQUIRE(result.value.value.has_value());
  CHECK_FALSE(result.error.value.has_value());
  const api::CopyValue& value = *result.value.value;
  CHECK(value.id == h.orders);
  CHECK(value.address == "0x40000000");
  CHECK(value.type == "list");
  CHECK(value.repr.text == "['first']");
  CHECK(value.length == 1u);
  REQUIRE(value.items.size() == 1);
  CHECK(value.items[0].label == "[0]");
  CHECK_FALSE(value.items[0].id.has_value());  // made in the copy

  SECTION("an error comes beside or instead of a value") {
    api::EvaluateResult failed;
    const Json error{{"kind", "exception"},
                     {"type", "ZeroDivisionError"},
                     {"message", "division by zero"},
                     {"traceback", ""}};
    REQUIRE(features::readCopyReply(*h.analysis, {{"error", error}}, failed));
    CHECK_FALSE(failed.value.value.has_value());
    REQUIRE(failed.error.value.has_value());
    CHECK(failed.error.value->type == "ZeroDivisionError");
  }
}

TEST_CASE("a reply of another shape is called corrupt and says where") {
  const Heap h;
  const auto wrong = [&](const Json& reply) {
    api::EvaluateResult result;
    const auto read = features::readCopyReply(*h.analysis, reply, result);
    REQUIRE(!read.has_value());
    CHECK(read.error().code == ErrorCode::Corrupt);
    return read.error().message;
  };
  Json value = said(0x4000'0000);
  value["address"] = "0x4000";
  CHECK(wrong({{"value", value}}).find("value.address") != std::string::npos);
  value = said(0x4000'0000);
  value.erase("repr");
  CHECK(wrong({{"value", value}}).find("repr") != std::string::npos);
  value = said(0x4000'0000);
  value["items"] = 7;
  wrong({{"value", value}});
  wrong(Json::array());
  wrong("value");
}
