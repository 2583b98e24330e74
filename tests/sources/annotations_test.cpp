#include "server/sources/annotations.h"

#include <map>

#include "server/sources/live_facts.h"
#include "tests/sources/locate_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

class FakeFacts : public LiveFacts {
 public:
  std::map<std::string, heap::ClassStatistics, std::less<>> classes;
  std::map<std::string, heap::ContainedStatistics, std::less<>> attributes, globals;
  std::vector<LiveFunction> codes;
  std::vector<LiveSuspension> frames;
  std::vector<LiveClosures> captured;
  bool isLoaded = true;

  bool loaded() const override { return isLoaded; }
  std::string module() const override { return "app"; }
  std::optional<heap::ClassStatistics> ofClass(std::string_view name) const override {
    return find(classes, std::string(name));
  }
  std::optional<heap::ContainedStatistics> ofAttribute(std::string_view cls,
                                                       std::string_view name) const override {
    return find(attributes, std::string(cls) + "." + std::string(name));
  }
  std::optional<heap::ContainedStatistics> ofGlobal(std::string_view name) const override {
    return find(globals, std::string(name));
  }
  std::vector<LiveFunction> functions() const override { return codes; }
  std::vector<LiveSuspension> suspensions() const override { return frames; }
  std::vector<LiveClosures> closures() const override { return captured; }

 private:
  template <class Map>
  static std::optional<typename Map::mapped_type> find(const Map& map, const std::string& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
};

heap::ContainedStatistics contained(std::uint64_t entries, Bytes retained) {
  heap::ContainedStatistics s;
  s.holders = s.containers = 1;
  s.entries = entries;
  s.retained = retained;
  s.type = "dict";
  return s;
}

// "line kind text" of every annotation, lines 1-based.
std::vector<std::string> show(const std::vector<Annotation>& annotations) {
  std::vector<std::string> out;
  for (const Annotation& one : annotations) {
    out.push_back(std::to_string(one.line + 1) + " " + std::string(toString(one.kind)) + " " +
                  one.text);
  }
  return out;
}

constexpr const char* kText = R"(
PENDING = {}
class Dispatcher:
    def __init__(self):
        self._expected = {}
        self.small = []
    def send(self, stanza, call):
        self._expected[stanza.id] = (call, stanza)
        def reply():
            return stanza
        return reply
    async def wait(self, event):
        await event.wait()
class Never: pass
)";

FakeFacts facts() {
  FakeFacts f;
  f.classes["Dispatcher"] = {2512, 25'100'000, 241};
  f.classes["Never"] = {0, 0, {}};
  f.attributes["Dispatcher._expected"] = contained(3100, 18'200'000);
  f.attributes["Dispatcher.small"] = contained(1, 80);
  f.globals["PENDING"] = contained(12034, 3'200'000);
  f.codes = {
      {"Dispatcher.send", 7}, {"Dispatcher.send.<locals>.reply", 9}, {"Dispatcher.wait", 12}};
  f.frames = {{{"Dispatcher.wait", 12}, 13, 1201, 9'600'000}};
  heap::ClosureStatistics closures;
  closures.count = 3000;
  closures.variables = {"stanza"};
  closures.retained = 900'000;
  f.captured = {{{"Dispatcher.send.<locals>.reply", 9}, closures}};
  return f;
}

LocatedSuspect located(std::uint32_t line, std::string text) {
  LocatedSuspect one;
  one.suspect = attributeSuspect("_expected", {"app.Dispatcher"});
  one.suspect.rank = 1;
  one.suspect.title = "Dispatcher._expected holds 3,100 entries";
  one.suspect.types = {{"xmpp.protocol.Iq", 6100, 341600}};
  one.suspect.retained = 18'200'000;
  one.suspect.holder.expression = "app.client._expected";
  Location store;
  store.file = "/app/app.py";
  store.line = line;
  store.function = "Dispatcher.send";
  store.text = std::move(text);
  store.score = 46;
  one.locations = {store};
  return one;
}

TEST_CASE("a file's lines carry exactly the short texts of the contract") {
  const auto file = parsed(kText);
  const std::vector<LocatedSuspect> suspects = {
      located(8, "self._expected[stanza.id] = (call, stanza)")};
  const auto found = annotate(facts(), suspects, *file);
  CHECK(show(found) == std::vector<std::string>{
                           "2 global 12,034 entries · 3.2 MB",
                           "3 class 2,512 live · 25.1 MB retained · +241",
                           "5 define 3,100 entries · 18.2 MB",
                           "8 store ⟵ keeps 6,100 Iq · 18.2 MB",
                           "9 capture 3,000 closures keep stanza",
                           "13 suspend 1,201 suspended here · 9.6 MB",
                       });
  CHECK(found[3].suspectRank == 1);
  CHECK(found[2].suspectRank == 1);
  CHECK(found[1].suspectRank == 0);
  CHECK(found[2].subject == "app.Dispatcher._expected");
  CHECK(found[1].column == std::string("class Dispatcher:").size());
  CHECK(file->slice({file->lines().offsetOf(file->text(), found[2].name.begin),
                     file->lines().offsetOf(file->text(), found[2].name.end)}) == "_expected");
  CHECK(found[3].tooltip.find("app.client._expected") != std::string::npos);
  for (const Annotation& one : found) {
    CHECK(one.tooltip.find("older text") == std::string::npos);
  }
}

TEST_CASE("annotations follow the text and go with it") {
  const std::vector<LocatedSuspect> suspects = {
      located(8, "self._expected[stanza.id] = (call, stanza)")};
  SECTION("lines above push them down, and the drift is told") {
    const auto file = parsed("import this\n\n" + std::string(kText));
    const auto found = annotate(facts(), suspects, *file);
    REQUIRE(found.size() == 6);
    CHECK(show(found)[3] == "10 store ⟵ keeps 6,100 Iq · 18.2 MB");
    CHECK(show(found)[5] == "15 suspend 1,201 suspended here · 9.6 MB");
    CHECK(found[3].tooltip.find("older text") != std::string::npos);
  }
  SECTION("a changed statement, a renamed class or function lose theirs") {
    std::string text = kText;
    text.replace(text.find("(call, stanza)"), 14, "None");
    text.replace(text.find("def reply"), 9, "def other");
    text.replace(text.find("await event.wait()"), 18, "pass");
    const auto found = annotate(facts(), suspects, *parsed(text));
    CHECK(show(found) == std::vector<std::string>{
                             "2 global 12,034 entries · 3.2 MB",
                             "3 class 2,512 live · 25.1 MB retained · +241",
                             "5 define 3,100 entries · 18.2 MB",
                         });
    text.replace(text.find("class Dispatcher"), 16, "class Renamed___");
    CHECK(show(annotate(facts(), suspects, *parsed(text))) ==
          std::vector<std::string>{"2 global 12,034 entries · 3.2 MB"});
  }
  SECTION("a broken buffer keeps what still stands") {
    std::string text = kText;
    text.insert(text.find("    async def wait"), "    def half(self, (\n");
    CHECK_FALSE(annotate(facts(), suspects, *parsed(text)).empty());
  }
}

TEST_CASE("a file that the process has not loaded has no annotations") {
  FakeFacts none = facts();
  none.isLoaded = false;
  CHECK(annotate(none, {}, *parsed(kText)).empty());
}

TEST_CASE("small things stay silent unless they are suspects or growing") {
  FakeFacts f;
  f.classes["Dispatcher"] = {3, 900, {}};
  f.attributes["Dispatcher._expected"] = contained(5, 900);
  CHECK(annotate(f, {}, *parsed(kText)).empty());
  f.classes["Dispatcher"].growth = 3;
  CHECK(show(annotate(f, {}, *parsed(kText))) ==
        std::vector<std::string>{"3 class 3 live · 900 B retained · +3"});
  const std::vector<LocatedSuspect> suspects = {located(8, "gone")};
  CHECK(show(annotate(f, suspects, *parsed(kText))).back() == "5 define 5 entries · 900 B");
  f.attributes["Dispatcher._expected"] = contained(1, 900);
  CHECK(show(annotate(f, suspects, *parsed(kText))).back() == "5 define 1 entry · 900 B");
}

TEST_CASE("private attributes are asked for by their mangled name") {
  FakeFacts f;
  f.attributes["_Cache._Cache__data"] = contained(500, 500'000);
  const auto file = parsed("class _Cache:\n  def __init__(self):\n    self.__data = {}\n");
  CHECK(show(annotate(f, {}, *file)) ==
        std::vector<std::string>{"3 define 500 entries · 500.0 kB"});
}

TEST_CASE("an attribute of several bindings is annotated where it is made") {
  FakeFacts f;
  f.attributes["A.x"] = contained(500, 500'000);
  const auto file = parsed(R"(
class A:
    x = None
    def reset(self):
        self.x = {}
    def __init__(self):
        self.x = {}      #< made
)");
  const auto found = annotate(f, {}, *file);
  REQUIRE(found.size() == 1);
  CHECK(found[0].line + 1 == markedLine(file->text(), "made"));
}

}  // namespace
}  // namespace whyalive::sources
