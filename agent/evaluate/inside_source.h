// The Python sources of agent/evaluate/inside, which run in this order in one namespace. Written by
// the build (agent/embed.cmake).
#pragma once

#include <span>

namespace whyalive::agent {

struct InsideSource {
  const char* name;  // of the file, in angle brackets as in tracebacks
  const char* text;
};

std::span<const InsideSource> insideSources();

}  // namespace whyalive::agent
