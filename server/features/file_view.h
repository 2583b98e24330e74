// FileView: one file as every feature sees it: its text now, and what the current snapshot says
// beside its lines. Frozen; made by the session, read by the pure functions of this folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protocol/lsp/basic.h"
#include "server/features/text_lines.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

using Suspects = std::shared_ptr<const std::vector<sources::LocatedSuspect>>;

enum class Markup { Markdown, PlainText };

// Who answers what is asked of a class's instances: the server by a text, or the client itself.
enum class Answers { ByServer, ByClient };

struct Reader {
  Markup markup = Markup::Markdown;
  Answers answers = Answers::ByServer;
};

struct FileView {
  std::string file;      // local path
  std::string snapshot;  // "s2"
  TextLines lines;
  std::vector<sources::Annotation> annotations;  // in order of lines
  Suspects suspects;                             // all of the snapshot, by rank
  Reader reader = {};
};

// A tooltip as the client can show it.
lsp::MarkupContent markup(const FileView& view, const std::string& markdown);

// The suspect of that rank; null when there is none.
const sources::LocatedSuspect* suspectOfRank(const Suspects& suspects, std::uint32_t rank);

}  // namespace whyalive::features
