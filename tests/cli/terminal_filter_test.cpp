#include "server/cli/terminal_filter.h"

#include "tests/support/catch.h"

using namespace std::string_literals;

namespace whyalive::cli {
namespace {

std::string filtered(std::string_view text) { return TerminalFilter().pass(text); }

TEST_CASE("text, line ends, tabs and other alphabets pass a terminal filter as they are") {
  for (const std::string& text :
       {"plain\ttext\n"s, "grün, 日本, 🐍\n"s, "\xc3\x9b\xc2\xa0\xc2\xb5"s, ""s}) {
    CHECK(filtered(text) == text);
  }
}

TEST_CASE("colours pass a terminal filter") {
  for (const std::string& text :
       {"\x1b[31mred\x1b[0m"s, "\x1b[m"s, "\x1b[38;5;10mx\x1b[39m"s, "\x1b[38:2::1:2:3mx"s}) {
    CHECK(filtered(text) == text);
  }
}

TEST_CASE("what would command the terminal does not pass") {
  CHECK(filtered("a\x1b[2Jb") == "ab");                // clears the screen
  CHECK(filtered("a\x1b[6nb") == "ab");                // makes it type an answer
  CHECK(filtered("a\x1b[?1049hb") == "a1049hb");       // another screen; its rest is mere text
  CHECK(filtered("a\x1b]0;owned\ab") == "a0;ownedb");  // a title
  CHECK(filtered("a\x1b[\x1b[31mb") == "a\x1b[31mb");
  CHECK(filtered("a\rb\bc\x7f\x05\0d"s) == "abcd");
  CHECK(filtered("a\xc2\x9b"
                 "2Jb\xc2\x90z") == "a2Jbz");  // the same in eight bits
}

TEST_CASE("a sequence that comes in pieces is judged as a whole") {
  const std::string text = "x\x1b[1;31mred\x1b[2J\x1b[0m \xc3\xa9\xc2\x9b\xc2\xa0 y";
  const std::string whole = filtered(text);
  CHECK(whole == "x\x1b[1;31mred\x1b[0m \xc3\xa9\xc2\xa0 y");
  TerminalFilter filter;
  std::string shown;
  for (const char c : text) shown += filter.pass({&c, 1});
  CHECK(shown == whole);
}

TEST_CASE("a sequence without an end does not swallow what follows for ever") {
  CHECK(filtered("\x1b[" + std::string(1000, '1') + "visible").ends_with("visible"));
}

}  // namespace
}  // namespace whyalive::cli
