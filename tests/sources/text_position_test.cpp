#include "server/sources/text_position.h"

#include "server/sources/decode.h"
#include "server/sources/line_table.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

using enum PositionEncoding;

TEST_CASE("columns translate between bytes, UTF-16 units and characters") {
  const std::string_view line = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x8Dz";  // a é € 🐍 z
  CHECK(toByteColumn(line, 0, Utf16) == 0);
  CHECK(toByteColumn(line, 1, Utf16) == 1);
  CHECK(toByteColumn(line, 2, Utf16) == 3);
  CHECK(toByteColumn(line, 3, Utf16) == 6);
  CHECK(toByteColumn(line, 5, Utf16) == 10);
  CHECK(toByteColumn(line, 4, Utf32) == 10);
  CHECK(toByteColumn(line, 6, Utf8) == 6);
  CHECK(fromByteColumn(line, 10, Utf16) == 5);
  CHECK(fromByteColumn(line, 10, Utf32) == 4);
  CHECK(fromByteColumn(line, 10, Utf8) == 10);

  SECTION("inside a character counts as before it") {
    CHECK(toByteColumn(line, 4, Utf16) == 6);
    CHECK(fromByteColumn(line, 8, Utf16) == 3);
  }
  SECTION("past the end is the end") {
    CHECK(toByteColumn(line, 99, Utf16) == line.size());
    CHECK(toByteColumn(line, 99, Utf8) == line.size());
    CHECK(fromByteColumn(line, 99, Utf32) == 5);
  }
  SECTION("a stray byte is one character") {
    CHECK(fromByteColumn("\xFFx\xE2\x82", 4, Utf16) == 4);
    CHECK(toByteColumn("\xFFx", 1, Utf16) == 1);
  }
  SECTION("every byte column of a character's start survives a round trip") {
    for (const PositionEncoding encoding : {Utf8, Utf16, Utf32}) {
      for (const std::uint32_t byte : {0u, 1u, 3u, 6u, 10u, 11u}) {
        CHECK(toByteColumn(line, fromByteColumn(line, byte, encoding), encoding) == byte);
      }
    }
  }
}

TEST_CASE("lines end at LF, CRLF and a lone CR") {
  const std::string_view text = "one\r\ntwo\rthree\n\nfive";
  const LineTable lines(text);
  REQUIRE(lines.lineCount() == 5);
  CHECK(lines.line(text, 0) == "one");
  CHECK(lines.line(text, 1) == "two");
  CHECK(lines.line(text, 2) == "three");
  CHECK(lines.line(text, 3).empty());
  CHECK(lines.line(text, 4) == "five");
  CHECK(lines.line(text, 5).empty());
  CHECK(lines.positionOf(5) == TextPosition{1, 0});
  CHECK(lines.positionOf(4) == TextPosition{0, 4});
  CHECK(lines.offsetOf(text, {2, 2}) == 11);
  CHECK(lines.offsetOf(text, {0, 99}) == 3);
  CHECK(lines.offsetOf(text, {9, 0}) == text.size());
  CHECK(LineTable("").lineCount() == 1);
}

TEST_CASE("source bytes become UTF-8 text whatever their encoding") {
  CHECK(decodeSource("\xEF\xBB\xBFx = 1") == "x = 1");
  CHECK(decodeSource("# -*- coding: latin-1 -*-\ns='\xE9'") ==
        "# -*- coding: latin-1 -*-\ns='\xC3\xA9'");
  CHECK(decodeSource("s='\xC3\xA9'") == "s='\xC3\xA9'");
  CHECK(decodeSource("s='\xE9'") == "s='\xC3\xA9'");
  CHECK(decodeSource("# coding: iso-8859-15\ns='\xA4'") ==
        "# coding: iso-8859-15\ns='\xE2\x82\xAC'");  // the euro sign
  CHECK(decodeSource("# coding: cp1251\ns='\xFF'") == "# coding: cp1251\ns='\xD1\x8F'");
  CHECK(decodeSource("# coding: shift_jis\ns='\x82\xA0'") ==
        "# coding: shift_jis\ns='\xE3\x81\x82'");
  CHECK(decodeSource("# coding: no-such\ns='\xE9'") == "# coding: no-such\ns='\xC3\xA9'");
  CHECK(decodeSource("# coding: shift_jis\ns='\xFF\xFF'").ends_with("'\xC3\xBF\xC3\xBF'"));
  CHECK(declaredEncoding("#!/usr/bin/python\n# vim: set fileencoding=ISO_8859_1 :\n") ==
        "iso-8859-1");
  CHECK(declaredEncoding("x = 'coding: latin-1'\n").empty());
  CHECK(declaredEncoding("\n\n# coding: latin-1\n").empty());
  CHECK(isUtf8("plain"));
  CHECK_FALSE(isUtf8("\x80"));
  CHECK_FALSE(isUtf8("\xC3"));
}

}  // namespace
}  // namespace whyalive::sources
