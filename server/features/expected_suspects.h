// Suspects that a person has marked as meant to be so are not shown. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/sources/annotations.h"

namespace whyalive::features {

// Without those of these signatures; ranks count from 1 again.
std::vector<sources::LocatedSuspect> withoutExpected(std::vector<sources::LocatedSuspect> suspects,
                                                     const std::set<std::string>& expected);

}  // namespace whyalive::features
