// The renderer survives whatever its helper does. The helpers here are small shell programs; the
// real one is tested through the program itself (test_graph.py).
#include "server/pictures/renderer.h"

#include <thread>

#include "server/pictures/helper_process.h"
#include "tests/support/catch.h"

namespace whyalive::testing {

using pictures::PictureFormat;
using pictures::Renderer;
using pictures::RenderLimits;
using std::chrono::milliseconds;

namespace {
// The shell gets the format's name as $0.
Renderer shell(const char* program) { return Renderer({"/bin/sh", "-c", program}); }
}  // namespace

TEST_CASE("what the helper writes is the picture") {
  CHECK(shell("cat; printf ' as %s' \"$0\"").render("digraph {}", PictureFormat::Png).value() ==
        "digraph {} as png");
  const std::string large(3'000'000, 'x');
  CHECK(shell("cat").render(large, PictureFormat::Pdf).value() == large);
}

TEST_CASE("DOT needs no helper") {
  CHECK(shell("exit 1").render("digraph {}", PictureFormat::Dot).value() == "digraph {}");
}

TEST_CASE("an SVG names no document type of another host") {
  CHECK(shell("printf '<?xml?>\\n<!DOCTYPE svg PUBLIC \"x\"\\n \"http://y\">\\n<svg></svg>'")
            .render("", PictureFormat::Svg)
            .value() == "<?xml?>\n\n<svg></svg>");
}

TEST_CASE("a helper that hangs is ended") {
  RenderLimits limits;
  limits.timeout = milliseconds(50);
  for (const char* program :
       {"sleep 1000", "cat; exec 1>&- 2>&-; sleep 1000", "trap '' TERM; while :; do :; done"}) {
    const auto picture = shell(program).render("digraph {}", PictureFormat::Svg, limits);
    REQUIRE(!picture.has_value());
    CHECK(picture.error().code == ErrorCode::ResourceExhausted);
    CHECK(picture.error().message == "Graphviz took longer than 50 ms");
  }
}

TEST_CASE("a helper that dies or fails is an error that says how") {
  const auto message = [](const char* program) {
    const auto picture = shell(program).render("digraph {}", PictureFormat::Svg);
    REQUIRE(!picture.has_value());
    return picture.error().message;
  };
  CHECK(message("kill -SEGV $$") == "Graphviz was ended by signal 11");
  CHECK(message("echo bad luck >&2; echo more >&2; exit 3") == "Graphviz failed: bad luck");
  CHECK(message("exit 1") == "Graphviz failed");
  CHECK(Renderer({"/nonexistent/whyalive"}).render("", PictureFormat::Svg).error().message ==
        "cannot start /nonexistent/whyalive: No such file or directory");
}

TEST_CASE("a picture beyond the limits is refused") {
  RenderLimits limits;
  limits.dotBytes = 10;
  limits.outputBytes = 1 << 20;
  CHECK(shell("cat").render("digraph { a }", PictureFormat::Svg, limits).error().message ==
        "the picture is too large to be laid out");
  const auto endless =
      shell("while :; do printf %1000d 1; done").render("x", PictureFormat::Svg, limits);
  REQUIRE(!endless.has_value());
  CHECK(endless.error().message == "the picture is larger than 1 MiB");
}

TEST_CASE("making a picture can be cancelled") {
  const RunControl stop([](std::string_view, double) { return false; });
  const auto picture = shell("sleep 1000").render("x", PictureFormat::Svg, {}, stop);
  REQUIRE(!picture.has_value());
  CHECK(picture.error().code == ErrorCode::Cancelled);
}

TEST_CASE("a helper that does not read is no reason to stop") {
  CHECK(shell("echo done").render(std::string(5'000'000, 'x'), PictureFormat::Png).value() ==
        "done\n");
}

TEST_CASE("callers wait for each other") {
  Renderer renderer = shell("cat");
  std::string first, second;
  std::thread other([&] { first = renderer.render("one", PictureFormat::Png).value(); });
  second = renderer.render("two", PictureFormat::Png).value();
  other.join();
  CHECK(first == "one");
  CHECK(second == "two");
}

}  // namespace whyalive::testing
