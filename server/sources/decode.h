// Bytes of a Python file → UTF-8 text: byte order mark, coding line (PEP 263), broken bytes.
#pragma once

#include <string>
#include <string_view>

namespace whyalive::sources {

bool isUtf8(std::string_view bytes);

// The encoding that the first two lines declare, lower case with '-'; "" when none.
std::string declaredEncoding(std::string_view bytes);

// Never fails: what neither the declared encoding nor UTF-8 explains is read as Latin-1, so that
// the ASCII that names things stays readable and columns count as CPython counts them.
std::string decodeSource(std::string bytes);

}  // namespace whyalive::sources
