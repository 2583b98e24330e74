// What a long request's handler knows of its caller.
#pragma once

#include <memory>
#include <optional>

#include "protocol/lsp/basic.h"
#include "server/net/cancellation.h"

namespace whyalive::net {

struct LongCall {
  std::shared_ptr<Cancellation> cancellation;  // asked for by $/cancelRequest, or a closed peer
  std::optional<lsp::ProgressToken> workDoneToken;  // where the caller wants to see progress
};

}  // namespace whyalive::net
