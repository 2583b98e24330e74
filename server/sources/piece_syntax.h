// PieceSyntax: the syntax of a text that changes, put together from its pieces (pieces.h). Pieces
// that the text before had, too, are taken over; the others are parsed. What comes out depends on
// the text alone, not on the edits that led to it. Not shared between threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/sources/pieces.h"
#include "server/sources/python_syntax.h"

namespace whyalive::sources {

class PieceSyntax {
 public:
  // `text` must outlive the result.
  Syntax of(std::string_view text, PythonParser& parser);

  std::size_t parsedPieces() const { return parsedPieces_; }  // by the last call

 private:
  friend class SyntaxJoiner;

  // The nodes of one piece, offsets from its begin; the first is the module around it.
  struct Nodes {
    std::vector<SyntaxEntry> entries;
    std::uint32_t lastChild = 0;  // of the module; 0: it has none
  };
  using NodesPtr = std::shared_ptr<const Nodes>;  // null: a header that does not parse as one
  using Known = std::unordered_map<std::string_view, NodesPtr>;

  NodesPtr nodesOf(std::string_view text, const Piece& piece, PythonParser& parser);
  static NodesPtr statementNodes(std::string_view text, PythonParser& parser);
  static NodesPtr headerNodes(std::string_view text, PythonParser& parser);

  std::unique_ptr<std::string> text_;  // that the keys of `before_` point into
  Known before_[2];                    // headers apart from the rest
  Known now_[2];
  std::size_t parsedPieces_ = 0;
};

}  // namespace whyalive::sources
