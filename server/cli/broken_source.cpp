#include "server/cli/broken_source.h"

#include <algorithm>
#include <vector>

#include "server/sources/python_syntax.h"

namespace whyalive::cli {

std::optional<std::uint32_t> firstBrokenLine(std::string_view text) {
  using sources::SyntaxKind;
  using sources::SyntaxNode;
  const sources::SyntaxTree tree = sources::PythonParser().parse(text);
  if (!tree.hasError()) return {};
  const sources::Syntax syntax = sources::PythonParser::flatten(tree, text);
  std::size_t first = text.size();  // of something missing at the end, say
  std::vector<SyntaxNode> open = {syntax.root()};
  while (!open.empty()) {
    const SyntaxNode node = open.back();
    open.pop_back();
    if (node.kind() == SyntaxKind::Error) first = std::min<std::size_t>(first, node.begin());
    for (SyntaxNode child = node.firstChild(); child; child = child.next()) open.push_back(child);
  }
  const auto lines =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(first), '\n');
  return static_cast<std::uint32_t>(lines) + 1;
}

}  // namespace whyalive::cli
