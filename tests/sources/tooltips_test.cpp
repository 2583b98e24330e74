#include "server/sources/tooltips.h"

#include <string>

#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

// What of it would still mean something to Markdown, if anything.
std::string bare(const std::string& markdown) {
  std::string out;
  for (std::size_t i = 0; i < markdown.size(); ++i) {
    if (markdown[i] == '\\') {
      ++i;
    } else if (markdown[i] == '`') {
      while (++i < markdown.size() && markdown[i] != '`') {
      }
    } else {
      out += markdown[i];
    }
  }
  return out;
}

constexpr char kHostile[] =
    "x` [click](command:a.b) ![i](http://e/x.png) <img src=x>\n\n# *big* &lt;";

TEST_CASE("a name from the heap is no Markdown") {
  LocatedSuspect located;
  located.suspect.rank = 1;
  located.suspect.title = located.suspect.note = kHostile;
  located.suspect.holder.expression = located.suspect.holder.type = kHostile;
  Location store;
  store.text = store.function = kHostile;
  located.locations.push_back(store);
  heap::ContainedStatistics contained;
  contained.type = contained.entryType = kHostile;
  contained.entries = 5;
  heap::ClosureStatistics closures;
  closures.variables = {kHostile};
  LiveSuspension suspension;
  for (const std::string& text :
       {suspectTooltip(located), containerTooltip(kHostile, contained, &located),
        classTooltip(kHostile, {}), suspendTooltip(kHostile, suspension),
        closureTooltip(kHostile, closures)}) {
    INFO(text);
    const std::string left = bare(text);
    for (const char* mark : {"](", "![", "<", "http:", "command:", "&", "#"}) {
      CHECK(left.find(mark) == std::string::npos);
    }
  }
}

TEST_CASE("an ordinary title reads as it is") {
  LocatedSuspect located;
  located.suspect.rank = 1;
  located.suspect.title = "Dispatcher._expected holds 3,100 entries";
  CHECK(suspectTooltip(located).find("**Suspect 1:** Dispatcher.\\_expected holds 3,100 entries") !=
        std::string::npos);
}

}  // namespace
}  // namespace whyalive::sources
