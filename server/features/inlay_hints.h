// Inlay hints: the annotations of a file, in the words of textDocument/inlayHint. Pure.
#pragma once

#include <optional>
#include <vector>

#include "protocol/lsp/inlay_hint.h"
#include "server/features/file_view.h"

namespace whyalive::features {

enum class HintDetail {
  Full,       // for clients that cannot resolve
  OnResolve,  // tooltip and links only when asked for
};

std::vector<lsp::InlayHint> inlayHints(const FileView& view, const lsp::Range& range,
                                       HintDetail detail);

// The hint with its details. One of another snapshot or a changed text comes back as it was.
lsp::InlayHint resolveInlayHint(const FileView& view, lsp::InlayHint hint);

// The file that a hint to be resolved belongs to; nothing when its data is not ours.
std::optional<std::string> fileOfHint(const lsp::InlayHint& hint);

}  // namespace whyalive::features
