// The steps of a retaining path, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "server/heap/holder.h"

namespace whyalive::cli {

class Console;

void printSteps(std::span<const heap::Step> steps, std::string_view indent, Console& console);
nlohmann::json stepsJson(std::span<const heap::Step> steps);

}  // namespace whyalive::cli
