// The Python code of agent/evaluate/inside compiled for one version of Python, so that no
// evaluation spends its first milliseconds on that. Written by the build
// (agent/evaluate/compile.py).
#pragma once

#include <span>

namespace whyalive::agent {

struct InsideCode {
  long magic;  // of the bytecode, as PyImport_GetMagicNumber tells an interpreter's
  std::span<const std::span<const unsigned char>>
      modules;  // marshalled, in insideSources()'s order
};

InsideCode insideCode();

}  // namespace whyalive::agent
