// Text out of a foreign heap, made harmless for Graphviz and for the pictures it makes. Pure.
//
// Whatever the bytes: the result is valid UTF-8 without control characters, without characters that
// XML forbids and without those that turn the direction of text, and it cannot end the string or
// the markup that it stands in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace whyalive::pictures {

// Printable text of at most `limit` characters; the rest is "…". Control characters and broken
// bytes become "\x1b" and the like.
std::string printableText(std::string_view text, std::size_t limit);

// For an HTML-like label: & < > " ' as entities. The text must be printable.
std::string markup(std::string_view printable);

// A quoted string of DOT that holds exactly this printable text, also where Graphviz would replace
// escapes (\N, \G) or entities (&amp;).
std::string quoted(std::string_view printable);

}  // namespace whyalive::pictures
