#include "server/features/file_view.h"

#include "server/sources/tooltips.h"

namespace whyalive::features {

lsp::MarkupContent markup(const FileView& view, const std::string& markdown) {
  if (view.reader.markup == Markup::Markdown) return {"markdown", markdown};
  return {"plaintext", sources::plainText(markdown)};
}

const sources::LocatedSuspect* suspectOfRank(const Suspects& suspects, std::uint32_t rank) {
  if (!suspects) return nullptr;
  for (const sources::LocatedSuspect& one : *suspects) {
    if (rank != 0 && one.suspect.rank == rank) return &one;
  }
  return nullptr;
}

}  // namespace whyalive::features
