// LiveFacts: what a snapshot says of one source file's names; the numbers behind its annotations.
//
// annotate() asks only this, so that it is tested without a heap; HeapFacts answers from an
// Analysis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/heap/statistics.h"

namespace whyalive::sources {

// A code object of the file, as the process has it.
struct LiveFunction {
  std::string qualname;
  std::uint32_t firstLine = 0;
};

// Frames that stand at one line of a function.
struct LiveSuspension {
  LiveFunction function;
  std::uint32_t line = 0;
  std::uint64_t count = 0;
  Bytes retained = 0;
};

struct LiveClosures {
  LiveFunction function;
  heap::ClosureStatistics statistics;
};

class LiveFacts {
 public:
  virtual ~LiveFacts() = default;

  virtual bool loaded() const = 0;  // the process has this file
  virtual std::string module() const = 0;
  virtual std::optional<heap::ClassStatistics> ofClass(std::string_view qualname) const = 0;
  virtual std::optional<heap::ContainedStatistics> ofAttribute(std::string_view qualname,
                                                               std::string_view name) const = 0;
  virtual std::optional<heap::ContainedStatistics> ofGlobal(std::string_view name) const = 0;
  virtual std::vector<LiveFunction> functions() const = 0;
  virtual std::vector<LiveSuspension> suspensions() const = 0;
  virtual std::vector<LiveClosures> closures() const = 0;
};

// `file` is the process's path. Both analyses must outlive the result.
class HeapFacts : public LiveFacts {
 public:
  HeapFacts(const heap::Analysis& now, const heap::Analysis* since, std::string_view file);

  bool loaded() const override { return !modules_.empty(); }
  std::string module() const override;
  std::optional<heap::ClassStatistics> ofClass(std::string_view qualname) const override;
  std::optional<heap::ContainedStatistics> ofAttribute(std::string_view qualname,
                                                       std::string_view name) const override;
  std::optional<heap::ContainedStatistics> ofGlobal(std::string_view name) const override;
  std::vector<LiveFunction> functions() const override;
  std::vector<LiveSuspension> suspensions() const override;
  std::vector<LiveClosures> closures() const override;

 private:
  const heap::Analysis& now_;
  const heap::Analysis* since_;
  std::vector<std::string> modules_;    // names the file is loaded under, "__main__" last
  std::vector<std::string> codeFiles_;  // spellings of the file in code objects
  std::vector<LiveFunction> functions_;
};

}  // namespace whyalive::sources
