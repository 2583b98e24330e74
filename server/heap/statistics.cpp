#include "server/heap/statistics.h"

#include <algorithm>

#include "server/heap/statistics_index.h"

namespace whyalive::heap {
namespace {

// Classes of this name that Python source made; several when the class statement ran more than
// once.
std::vector<TypeIndex> classes(const Analysis& a, std::string_view module,
                               std::string_view qualname) {
  std::string name(qualname);
  if (!module.empty() && module != "builtins") name = std::string(module) + "." + name;
  return a.graph().typesNamed(name);
}

template <class Map>
std::pair<std::uint32_t, std::uint64_t> mostFrequent(const Map& counts) {
  std::pair<std::uint32_t, std::uint64_t> best{kNoIndex, 0};
  for (const auto& [type, count] : counts) {
    if (count > best.second || (count == best.second && type < best.first)) best = {type, count};
  }
  return best;
}

void merge(Contained& into, const Contained& more) {
  into.holders += more.holders;
  into.containers += more.containers;
  into.entries += more.entries;
  into.retained += more.retained;
  for (const auto& [type, count] : more.types) into.types[type] += count;
  for (const auto& [type, count] : more.entryTypes) into.entryTypes[type] += count;
}

std::optional<Contained> attributeOf(const Analysis& a, std::string_view module,
                                     std::string_view qualname, std::string_view attribute) {
  std::optional<Contained> sum;
  for (const TypeIndex base : classes(a, module, qualname)) {
    for (const TypeIndex type : a.statistics().subtypes(base)) {
      const Contained* c = a.statistics().attribute(type, attribute);
      if (c == nullptr) continue;
      if (!sum) sum.emplace();
      merge(*sum, *c);
    }
  }
  return sum;
}

std::int64_t weight(const Contained& c) {
  return static_cast<std::int64_t>(c.containers != 0 ? c.entries : c.holders);
}

ContainedStatistics describe(const Analysis& a, const Contained& c) {
  ContainedStatistics s;
  s.holders = c.holders;
  s.containers = c.containers;
  s.entries = c.entries;
  s.retained = c.retained;
  if (const auto [type, count] = mostFrequent(c.types); count != 0) {
    s.type = a.graph().typeName(TypeIndex{type});
  }
  if (const auto [type, count] = mostFrequent(c.entryTypes); count != 0) {
    s.entryType = a.graph().typeName(TypeIndex{type});
    s.entryTypeCount = count;
  }
  return s;
}

}  // namespace

std::optional<ClassStatistics> classStatistics(const Analysis& analysis, std::string_view module,
                                               std::string_view qualname, const Analysis* since) {
  const std::vector<TypeIndex> types = classes(analysis, module, qualname);
  if (types.empty()) return std::nullopt;
  ClassStatistics s;
  for (const TypeIndex t : types) {
    s.instances += analysis.statistics().instances(t).count;
    s.retained += analysis.statistics().instances(t).retained;
  }
  if (since != nullptr) {
    std::int64_t before = 0;
    for (const TypeIndex t : classes(*since, module, qualname)) {
      before += static_cast<std::int64_t>(since->statistics().instances(t).count);
    }
    s.growth = static_cast<std::int64_t>(s.instances) - before;
  }
  return s;
}

std::optional<ContainedStatistics> attributeStatistics(const Analysis& analysis,
                                                       std::string_view module,
                                                       std::string_view qualname,
                                                       std::string_view attribute,
                                                       const Analysis* since) {
  const std::optional<Contained> now = attributeOf(analysis, module, qualname, attribute);
  if (!now) return std::nullopt;
  ContainedStatistics s = describe(analysis, *now);
  if (since != nullptr) {
    const std::optional<Contained> before = attributeOf(*since, module, qualname, attribute);
    s.growth = weight(*now) - (before ? weight(*before) : 0);
  }
  return s;
}

std::optional<ContainedStatistics> globalStatistics(const Analysis& analysis,
                                                    std::string_view module, std::string_view name,
                                                    const Analysis* since) {
  const Contained* now = analysis.statistics().global(module, name);
  if (now == nullptr) return std::nullopt;
  ContainedStatistics s = describe(analysis, *now);
  if (since != nullptr) {
    const Contained* before = since->statistics().global(module, name);
    s.growth = weight(*now) - (before != nullptr ? weight(*before) : 0);
  }
  return s;
}

std::optional<SuspendedStatistics> suspendedStatistics(const Analysis& analysis,
                                                       std::string_view file,
                                                       std::string_view qualname,
                                                       std::uint32_t firstLine,
                                                       std::uint32_t line) {
  const auto* lines =
      analysis.statistics().suspended({std::string(file), std::string(qualname), firstLine});
  if (lines == nullptr) return std::nullopt;
  SuspendedStatistics s;
  for (const Suspension& one : *lines) {
    if (line != 0 && one.line != line) continue;
    s.count += one.count;
    s.retained += one.retained;
  }
  return s.count == 0 ? std::nullopt : std::optional(s);
}

std::optional<ClosureStatistics> closureStatistics(const Analysis& analysis, std::string_view file,
                                                   std::string_view qualname,
                                                   std::uint32_t firstLine) {
  const Capture* capture =
      analysis.statistics().captured({std::string(file), std::string(qualname), firstLine});
  if (capture == nullptr) return std::nullopt;
  ClosureStatistics s;
  s.count = capture->count;
  s.retained = capture->retained;
  auto variables = capture->variables;
  std::ranges::stable_sort(variables, std::greater{}, [](const auto& v) { return v.second; });
  for (auto& [name, bytes] : variables) s.variables.push_back(std::move(name));
  return s;
}

}  // namespace whyalive::heap
