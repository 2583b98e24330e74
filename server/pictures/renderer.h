// Renderer: turns DOT into SVG, PNG or PDF with Graphviz, in a process of its own.
//
// Graphviz is not safe to be called from two threads, may take very long for a graph, and reads
// what comes from a foreign heap. So one picture at a time is made by a short-lived helper (this
// very program, see helperMain) with limits on time, memory and output: whatever happens to it is
// an error here, and nothing else. See docs/decisions/0005-graphviz-in-a-helper.md.
//
// Any thread may call render; calls wait for each other. They block: call from a worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/pictures/format.h"

namespace whyalive::pictures {

struct RenderLimits {
  std::chrono::milliseconds timeout{15'000};
  Bytes dotBytes = Bytes{8} << 20;
  Bytes outputBytes = Bytes{64} << 20;
};

class Renderer {
 public:
  // `helper`: program and arguments that run helperMain; the format's name is added.
  explicit Renderer(std::vector<std::string> helper) : helper_(std::move(helper)) {}

  Result<std::string> render(std::string_view dot, PictureFormat format,
                             const RenderLimits& limits = {}, const RunControl& control = {});

 private:
  std::vector<std::string> helper_;
  std::mutex oneAtATime_;
};

}  // namespace whyalive::pictures
