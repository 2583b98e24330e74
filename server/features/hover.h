// Hover: what the snapshot says of the name under the cursor, or of its line. Pure.
#pragma once

#include <optional>

#include "protocol/lsp/hover.h"
#include "server/features/file_view.h"

namespace whyalive::features {

std::optional<lsp::Hover> hover(const FileView& view, lsp::Position position);

}  // namespace whyalive::features
