// DOT text is well formed whatever stands in the heap, and Graphviz draws it.
#include <cgraph.h>

#include <algorithm>
#include <random>

#include "server/heap/utf8.h"
#include "server/pictures/dot_writer.h"
#include "server/pictures/escape.h"
#include "server/pictures/graphviz.h"
#include "tests/pictures/pictures_support.h"
#include "tests/support/catch.h"

namespace whyalive::testing {
namespace {

using pictures::Picture;
using pictures::PictureFormat;

const std::string kHostile[] = {"\"",
                                "\\",
                                "\\\"",
                                "\"];}digraph{",
                                "<b>&amp;</b>",
                                "</td></tr></table>>",
                                "-->",
                                "<![CDATA[",
                                "]]>",
                                "<script>alert(1)</script>",
                                "\\N\\G\\L\\E\\T\\H",
                                "&#0;&#x1b;&bogus;&",
                                "{a|<f0>b}",
                                std::string("nul\0nul", 7),
                                "\x1b[31mred\x1b[0m",
                                "\xff\xfe\xc0\x80",
                                "\xed\xa0\x80",
                                "\xf4\x90\x80\x80",
                                "\xe2\x80\xae"
                                "gpj.exe",
                                "\xef\xbf\xbf",
                                "line\nfeed\r\ttab",
                                "%s%n%d",
                                "' onload='x",
                                "ends with backslash\\",
                                std::string(100'000, 'x'),
                                std::string(5'000, '<'),
                                "",
                                " ",
                                "日本語 ✓ 🙂",
                                "javascript:alert(1)",
                                "<img src=\"/etc/passwd\"/>",
                                "/* c */ // d # e"};

Picture pictureWith(const std::string& text) {
  Picture picture;
  picture.nodes.resize(3);
  for (std::size_t i = 0; i < 3; ++i) {
    pictures::PictureNode& node = picture.nodes[i];
    node.id = "o" + std::to_string(i);
    node.title = node.subtitle = node.detail = node.type = text;
  }
  picture.nodes[1].target = picture.nodes[1].holder = true;
  picture.nodes[2].family = pictures::Family::More;
  picture.edges.push_back({0, 1, text, 1, true, true, true});
  picture.edges.push_back({1, 2, text, 7, false, false, false});
  picture.note = text;
  return picture;
}

// What Graphviz complains of while it draws.
std::string complaints;
int complain(char* text) {
  complaints += text;
  return 0;
}

std::size_t countOf(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

// No reader of XML, but what could go wrong: control characters, broken UTF-8, elements that
// Graphviz does not write, entities that XML does not know.
void checkSvg(const std::string& svg) {
  CHECK(svg.starts_with("<?xml"));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(heap::validUtf8(svg) == svg);
  CHECK(std::ranges::none_of(
      svg, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; }));
  CHECK(countOf(svg, "class=\"node") == 3);
  CHECK(countOf(svg, "class=\"edge") == 2);
  for (std::size_t at = svg.find('<'); at != std::string::npos; at = svg.find('<', at + 1)) {
    const std::string_view rest = std::string_view(svg).substr(at + 1);
    const bool known = std::ranges::any_of(
        std::initializer_list<std::string_view>{
            "?xml", "!DOCTYPE", "!-- ", "svg", "/svg", "g ", "g>", "/g>", "title>", "/title>",
            "path ", "polygon ", "polyline ", "ellipse ", "text ", "/text>", "a ", "/a>"},
        [&](std::string_view tag) { return rest.starts_with(tag); });
    INFO(rest.substr(0, 40));
    CHECK(known);
  }
  for (std::size_t at = svg.find('&'); at != std::string::npos; at = svg.find('&', at + 1)) {
    const std::string_view rest = std::string_view(svg).substr(at + 1);
    const bool known = rest.starts_with("amp;") || rest.starts_with("lt;") ||
                       rest.starts_with("gt;") || rest.starts_with("quot;") ||
                       rest.starts_with("#39;") || rest.starts_with("#45;") ||
                       rest.starts_with("#160;");
    INFO(rest.substr(0, 20));
    CHECK(known);
  }
}

std::string randomBytes(std::mt19937& random) {
  std::string text;
  const std::string special = "\"\\<>&;{}[]|#/*'\n\r\t\0\x1b-=%$";
  for (auto length = random() % 60; length > 0; --length) {
    text += random() % 3 == 0 ? special[random() % special.size()] : static_cast<char>(random());
  }
  return text;
}

}  // namespace

TEST_CASE("hostile labels reach the picture as text and nothing else") {
  agseterrf(complain);
  for (const std::string& text : kHostile) {
    complaints.clear();
    INFO(pictures::printableText(text, 60));
    const std::string dot = pictures::toDot(pictureWith(text));
    const auto svg = pictures::renderHere(dot, PictureFormat::Svg);
    REQUIRE(svg.has_value());
    CHECK(complaints.empty());
    checkSvg(*svg);
  }
}

TEST_CASE("random bytes as labels make a picture") {
  agseterrf(complain);
  complaints.clear();
  std::mt19937 random(20'240'229);
  for (int i = 0; i < 60; ++i) {
    const std::string text = randomBytes(random);
    INFO(i << ": " << pictures::printableText(text, 100));
    const auto svg = pictures::renderHere(pictures::toDot(pictureWith(text)), PictureFormat::Svg);
    REQUIRE(svg.has_value());
    CHECK(complaints.empty());
    checkSvg(*svg);
  }
}

TEST_CASE("printable text is valid UTF-8 of limited length without hidden characters") {
  CHECK(pictures::printableText("abc", 10) == "abc");
  CHECK(pictures::printableText("abcdef", 3) == "abc…");
  CHECK(pictures::printableText("žluťoučký", 4) == "žluť…");
  CHECK(pictures::printableText("a\x1b[1mb", 10) == "a\\x1b[1mb");
  CHECK(pictures::printableText("\xff", 10) == "\\xff");
  CHECK(pictures::printableText("\xe2\x80\xae", 10) == "\\u202e");
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    const std::string text = pictures::printableText(randomBytes(random), 20);
    CHECK(heap::validUtf8(text) == text);
    CHECK(std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
  }
}

TEST_CASE("quoted text ends where it should") {
  CHECK(pictures::quoted("a\"b\\") == "\"a\\\"b\\\\\"");
  CHECK(pictures::quoted("&lt;") == "\"&amp;lt;\"");
  CHECK(pictures::markup("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
}

TEST_CASE("nodes carry their ids and classes into the SVG") {
  const StoryHeap story = storyHeap(3);
  pictures::PictureOptions options;
  options.holders = {story.expected};
  options.depth = 6;
  const Picture picture = drawn(*story.analysis, {story.iqs[1]}, options);
  const auto svg = pictures::renderHere(pictures::toDot(picture), PictureFormat::Svg);
  REQUIRE(svg.has_value());
  for (const pictures::PictureNode& node : picture.nodes) {
    CHECK(countOf(*svg, "<g id=\"" + node.id + "\" class=\"node ") == 1);
  }
  CHECK(countOf(*svg, "class=\"node container holder") == 1);
  CHECK(countOf(*svg, "class=\"node instance target") == 1);
  CHECK(countOf(*svg, "class=\"edge reference path suspected\"") == 1);
}

TEST_CASE("what is wide is drawn from left to right") {
  const StoryHeap story = storyHeap(30);
  pictures::PictureOptions options;
  options.direction = pictures::Direction::Refs;
  const auto direction = [&](std::uint32_t fanOut) {
    options.fanOut = fanOut;
    const std::string dot = pictures::toDot(drawn(*story.analysis, {story.expected}, options));
    return dot.substr(dot.find("rankdir="), 10);
  };
  CHECK(direction(3) == "rankdir=TB");
  CHECK(direction(20) == "rankdir=LR");
}

TEST_CASE("the themes differ in colours alone") {
  const StoryHeap story = storyHeap(3);
  const Picture picture = drawn(*story.analysis, {story.iqs[1]}, {});
  const std::string light = pictures::toDot(picture, {pictures::Theme::Light, false});
  const std::string dark = pictures::toDot(picture, {pictures::Theme::Dark, false});
  CHECK(light != dark);
  const auto withoutColours = [](std::string text) {
    for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at)) {
      text.erase(at, 7);
    }
    return text;
  };
  CHECK(withoutColours(light) == withoutColours(dark));
  CHECK(pictures::toDot(picture, {pictures::Theme::Dark, true}).find("bgcolor=\"transparent\"") !=
        std::string::npos);
}

TEST_CASE("every format has its own first bytes") {
  const StoryHeap story = storyHeap(3);
  const std::string dot = pictures::toDot(drawn(*story.analysis, {story.iqs[1]}, {}));
  CHECK(pictures::renderHere(dot, PictureFormat::Png)->starts_with("\x89PNG"));
  CHECK(pictures::renderHere(dot, PictureFormat::Pdf)->starts_with("%PDF-"));
  CHECK(pictures::renderHere(dot, PictureFormat::Svg)->find("<svg") != std::string::npos);
  CHECK(!pictures::renderHere("graph {", PictureFormat::Svg).has_value());
}

}  // namespace whyalive::testing
