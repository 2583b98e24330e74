#include "server/features/leak_location.h"

#include <algorithm>

namespace whyalive::features {
namespace {

std::uint32_t fromOne(std::uint32_t number) { return number == 0 ? 0 : number - 1; }

}  // namespace

const sources::Location* leakLocation(const sources::LocatedSuspect& suspect) {
  const auto& all = suspect.locations;
  auto store = std::find_if(all.begin(), all.end(), [](const sources::Location& one) {
    return one.role == sources::Role::Store;
  });
  if (store != all.end()) return &*store;
  return all.empty() ? nullptr : &all.front();
}

sources::TextRange rangeOf(const sources::Location& location) {
  sources::TextPosition begin{fromOne(location.line), fromOne(location.column)};
  sources::TextPosition end{fromOne(location.endLine), fromOne(location.endColumn)};
  return {begin, std::max(begin, end)};
}

}  // namespace whyalive::features
