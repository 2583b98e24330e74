// What an exception that nobody expected means to a person: the libraries below us throw where
// memory, descriptors or threads have run out, which can happen in use and has a remedy; anything
// else is a bug of ours. No thread rule.
#pragma once

#include <exception>
#include <string_view>

#include "protocol/base/result.h"

namespace whyalive::net {

// `doing` names what was being done, for bugs: "whyalive/snapshot".
Error thrownError(const std::exception& problem, std::string_view doing);
Error thrownError(const std::exception_ptr& problem, std::string_view doing);

}  // namespace whyalive::net
