#include "server/cli/step_output.h"

#include <nlohmann/json.hpp>

#include "server/cli/console.h"
#include "server/cli/table.h"

namespace whyalive::cli {

void printSteps(std::span<const heap::Step> steps, std::string_view indent, Console& console) {
  Table table({{"", Align::Left}, {"", Align::Left}, {"", Align::Left}});
  for (const heap::Step& step : steps) {
    table.add({std::string(heap::toString(step.kind)), printable(step.name), printable(step.type)});
  }
  const auto lines = table.lines();
  for (std::size_t i = 1; i < lines.size(); ++i) {  // without the titles
    console.printLine(std::string(indent) + console.styled(Style::Dim, lines[i]));
  }
}

nlohmann::json stepsJson(std::span<const heap::Step> steps) {
  nlohmann::json list = nlohmann::json::array();
  for (const heap::Step& step : steps) {
    nlohmann::json entry = {{"kind", heap::toString(step.kind)}, {"name", step.name}};
    if (!step.type.empty()) entry["type"] = step.type;
    if (step.object != kNoObject) entry["id"] = raw(step.object);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace whyalive::cli
