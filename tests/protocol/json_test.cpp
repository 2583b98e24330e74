#include <array>
#include <string>

#include "protocol/json/convert.h"
#include "tests/support/catch.h"

namespace whyalive::json {
namespace {

enum class Colour { Red, Blue };
constexpr auto wireNames(Colour) {
  return std::array{WireName<Colour>{Colour::Red, "red"}, WireName<Colour>{Colour::Blue, "blue"}};
}
enum class Mood { Unknown, Calm };
constexpr auto wireNames(Mood) { return std::array{WireName<Mood>{Mood::Calm, "calm"}}; }

struct Point {
  std::uint32_t x = 0;
  std::int8_t y = 0;
  static constexpr auto fields() {
    return std::tuple{required("x", &Point::x), defaulted("y", &Point::y)};
  }
};

struct Shape {
  Point start;
  std::vector<Point> points;
  std::optional<std::string> name;
  Nullable<Point> centre;
  Colour colour = Colour::Blue;
  Mood mood = Mood::Unknown;
  std::map<std::string, double> weights;
  std::variant<std::int64_t, std::string> token;
  static constexpr auto fields() {
    return std::tuple{
        required("start", &Shape::start),      defaulted("points", &Shape::points),
        required("name", &Shape::name),        defaulted("centre", &Shape::centre),
        defaulted("colour", &Shape::colour),   defaulted("mood", &Shape::mood),
        defaulted("weights", &Shape::weights), defaulted("token", &Shape::token),
    };
  }
};

std::string problem(std::string_view text) {
  auto parsed = parse<Shape>(Json::parse(text), "params");
  return parsed ? "no problem" : parsed.error().message;
}

TEST_CASE("an error names the JSON path at fault") {
  CHECK(problem(R"({})") == "params.start: is missing");
  CHECK(problem(R"([])") == "params: type must be object, but is array");
  CHECK(problem(R"({"start":{"x":"1"}})") == "params.start.x: type must be number, but is string");
  CHECK(problem(R"({"start":{"x":-1}})") == "params.start.x: must be between 0 and 4294967295");
  CHECK(problem(R"({"start":{"x":1.5}})") == "params.start.x: must be a whole number");
  CHECK(problem(R"({"start":{"x":1,"y":300}})") == "params.start.y: must be between -128 and 127");
  CHECK(problem(R"({"start":{"x":1},"points":[{"x":1},{"x":true}]})") ==
        "params.points[1].x: type must be number, but is boolean");
  CHECK(problem(R"({"start":{"x":1},"colour":"green"})") ==
        "params.colour: must be one of red, blue");
  CHECK(problem(R"({"start":{"x":1},"weights":{"a":"b"}})") ==
        "params.weights.a: type must be number, but is string");
  CHECK(problem(R"({"start":{"x":1},"token":[]})") ==
        "params.token: type must be string, but is array");
  CHECK(problem(R"({"start":{"x":18446744073709551615}})") ==
        "params.start.x: must be between 0 and 4294967295");
}

TEST_CASE("absent and null fields keep what the struct says") {
  auto shape = parse<Shape>(Json::parse(R"({"start":{"x":1},"colour":null,"mood":"wild"})"), "p");
  REQUIRE(shape);
  CHECK(shape->colour == Colour::Blue);
  CHECK(shape->mood == Mood::Unknown);
  CHECK_FALSE(shape->name);
  CHECK(parse<Empty>(Json(nullptr), "params"));
}

TEST_CASE("what is written reads back") {
  Shape shape;
  shape.start = {7, -3};
  shape.points = {{1, 2}};
  shape.name = "n";
  shape.colour = Colour::Red;
  shape.mood = Mood::Calm;
  shape.weights = {{"a", 0.5}};
  shape.token = std::string("t");
  Json json = write(shape);
  CHECK(json["centre"].is_null());
  CHECK(json["colour"] == "red");
  auto again = parse<Shape>(json, "p");
  REQUIRE(again);
  CHECK(write(*again) == json);
  shape.name.reset();
  CHECK_FALSE(write(shape).contains("name"));
  CHECK(write(Empty{}) == Json::object());
  CHECK(write(Null{}).is_null());
}

}  // namespace
}  // namespace whyalive::json
