// Code lenses: live counts and questions above classes, and the way to the leak above what a
// suspect is about. Pure. They come whole: an editor shows a lens that waits for its resolve as an
// empty line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/lsp/code_lens.h"
#include "server/features/file_view.h"

namespace whyalive::features {

std::vector<lsp::CodeLens> codeLenses(const FileView& view);

// For clients that ask again. A lens of another snapshot or a changed text says that it is out of
// date.
lsp::CodeLens resolveCodeLens(const FileView& view, lsp::CodeLens lens);

// The file that a lens to be resolved belongs to; nothing when its data is not ours.
std::optional<std::string> fileOfLens(const lsp::CodeLens& lens);

}  // namespace whyalive::features
