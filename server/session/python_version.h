// Which Python an executable or libpython is, from its name and from its own data.
//
// From 3.11 on the exact version is a public constant in the binary (Py_Version); before, only the
// file's name tells, so the answer is "3.10". Any thread; reads files, keeps nothing.
#pragma once

#include <string>
#include <string_view>

namespace whyalive::session {

// "3.11" of "python3.11", "libpython3.11.so.1.0", "python3.11d"; "3" or "" when there is no more.
// Free-threaded builds keep their letter: "3.13t".
std::string versionInName(std::string_view fileName);

// True of "python", "python3", "python3.11", "python3.13t"; not of "python3-config", "pythonista".
bool isPythonName(std::string_view fileName);

// "3.11.7" of the ELF file's Py_Version; "" when it has none or is no 64-bit little-endian ELF.
std::string versionInBinary(const std::string& path);

}  // namespace whyalive::session
