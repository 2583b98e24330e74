// Code actions on the lines of a suspect: go to its other end, mark it as expected, rewrite. Pure.
#pragma once

#include <vector>

#include "protocol/lsp/code_action.h"
#include "server/features/file_view.h"

namespace whyalive::features {

// `uri` is the document's, as the editor calls it.
std::vector<lsp::CodeAction> codeActions(const FileView& view, const lsp::Uri& uri,
                                         const lsp::Range& range,
                                         const lsp::CodeActionContext& context);

}  // namespace whyalive::features
