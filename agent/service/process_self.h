// What /proc says of the process the agent lives in.
#pragma once

#include <cstdint>
#include <string>

namespace whyalive::agent::self {

std::string readFile(const char* path);
std::string commandLine();                  // arguments, '\0' between
std::string link(const std::string& name);  // "cwd", "root", "exe"; "" when unreadable
std::string startTime();                    // nanoseconds since the Unix epoch, decimal
std::uint64_t residentBytes();

struct Threads {
  int count = 0;  // the main one, too, as long as others outlive it
  bool mainEnded = false;
};
Threads threads();

}  // namespace whyalive::agent::self
