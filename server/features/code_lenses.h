// Code lenses: live counts and questions above classes, and the way to the leak above what a
// suspect is about. Pure. Lenses that show numbers come without a command; resolve adds it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/lsp/code_lens.h"
#include "server/features/file_view.h"

namespace whyalive::features {

// Whose commands answer the questions about a class: a client with views for them has its own.
enum class Answers { ByServer, ByClient };

std::vector<lsp::CodeLens> codeLenses(const FileView& view, Answers answers);

// A lens of another snapshot or a changed text says that it is out of date.
lsp::CodeLens resolveCodeLens(const FileView& view, lsp::CodeLens lens);

// The file that a lens to be resolved belongs to; nothing when its data is not ours.
std::optional<std::string> fileOfLens(const lsp::CodeLens& lens);

}  // namespace whyalive::features
