// Pieces: a Python text cut where an edit can be kept from reaching further: at statements of the
// module and, in larger classes, at those of the class body.
//
//   import os                          piece 0     statement
//   class Cache:                       piece 1     header (with its decorators)
//       """Keeps."""                   piece 2     member
//       def get(self, key):            piece 3     member
//           …
//   @route                             piece 4     statement
//   def main(): …
//
// Each piece is parsed by itself, so that an edit costs the parse of a piece, and what does not
// parse spoils a piece. A line that cannot begin a statement where it stands (a letter before the
// indented line of a method, say) stays in the piece that it interrupts. Pure: lines, strings and
// brackets are all that is looked at.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace whyalive::sources {

enum class PieceKind : std::uint8_t { Statement, ClassHeader, Member };

struct Piece {
  PieceKind kind = PieceKind::Statement;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// One after another, the whole text.
std::vector<Piece> splitIntoPieces(std::string_view text);

}  // namespace whyalive::sources
