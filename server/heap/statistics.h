// Statistics: the numbers that inline hints show, each a look-up in an index made once per
// snapshot. Names are matched as the source spells them: module "xmpp.dispatcher", qualname
// "Dispatcher", attribute "_expected". Empty when the snapshot has nothing of that name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

struct ClassStatistics {
  std::uint64_t instances = 0;  // of exactly this class
  Bytes retained = 0;
  std::optional<std::int64_t> growth;  // instances more than in `since`
};

struct ContainedStatistics {
  std::uint64_t holders = 0;     // attribute: instances that have it; global: 1
  std::uint64_t containers = 0;  // of them: values that are containers
  std::uint64_t entries = 0;     // of those containers together
  Bytes retained = 0;            // by the values
  std::string type;              // most frequent type of the value
  std::string entryType;         // most frequent type of the entries, "" without entries
  std::uint64_t entryTypeCount = 0;
  std::optional<std::int64_t>
      growth;  // entries (of a container, else holders) more than in `since`
};

struct SuspendedStatistics {
  std::uint64_t count = 0;  // generators and coroutines that stand on this line
  Bytes retained = 0;
};

struct ClosureStatistics {
  std::uint64_t count = 0;             // functions made from this code that capture something
  std::vector<std::string> variables;  // captured names, those that retain most first
  Bytes retained = 0;
};

std::optional<ClassStatistics> classStatistics(const Analysis& analysis, std::string_view module,
                                               std::string_view qualname,
                                               const Analysis* since = nullptr);
// Instances of the class and of its subclasses that have the attribute; class attributes too.
std::optional<ContainedStatistics> attributeStatistics(const Analysis& analysis,
                                                       std::string_view module,
                                                       std::string_view qualname,
                                                       std::string_view attribute,
                                                       const Analysis* since = nullptr);
std::optional<ContainedStatistics> globalStatistics(const Analysis& analysis,
                                                    std::string_view module, std::string_view name,
                                                    const Analysis* since = nullptr);
// line 0: wherever it stands. `file` as the code object says.
std::optional<SuspendedStatistics> suspendedStatistics(const Analysis& analysis,
                                                       std::string_view file,
                                                       std::string_view qualname,
                                                       std::uint32_t firstLine, std::uint32_t line);
std::optional<ClosureStatistics> closureStatistics(const Analysis& analysis, std::string_view file,
                                                   std::string_view qualname,
                                                   std::uint32_t firstLine);

}  // namespace whyalive::heap
