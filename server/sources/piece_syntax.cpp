#include "server/sources/piece_syntax.h"

#include <algorithm>
#include <utility>

namespace whyalive::sources {

// Writes the nodes of one piece after another, as children of the module or of a class's body.
class SyntaxJoiner {
 public:
  SyntaxJoiner(std::string_view text, std::size_t nodes)
      : text_(text), nodes_(std::make_shared<std::vector<SyntaxEntry>>()) {
    nodes_->reserve(nodes + 1);
    nodes_->push_back(
        {0, static_cast<std::uint32_t>(text.size()), 0, 0, SyntaxKind::Module, SyntaxField::None});
  }

  void addStatement(const PieceSyntax::Nodes& nodes, std::uint32_t at) {
    append(nodes, nodes.entries.size(), at);
    last_ = lastAppended_ != 0 ? lastAppended_ : last_;
  }

  // All but the statement that stood for the body.
  void beginClass(const PieceSyntax::Nodes& nodes, std::uint32_t at) {
    outerLast_ = static_cast<std::uint32_t>(nodes_->size());
    append(nodes, nodes.entries.size() - 1, at);
    parent_ = static_cast<std::uint32_t>(nodes_->size()) - 1;
    (*nodes_)[parent_].child = 0;
    last_ = 0;
  }

  void endClass() {
    auto& nodes = *nodes_;
    if (last_ != 0) {
      nodes[parent_].begin = nodes[nodes[parent_].child].begin;
      // The body, the class and what decorates it end where the last member does.
      const std::uint32_t end = nodes[last_].end;
      for (std::uint32_t i = outerLast_; i <= parent_; ++i) {
        const bool around = i == parent_ || nodes[i].kind == SyntaxKind::ClassDefinition ||
                            nodes[i].kind == SyntaxKind::DecoratedDefinition;
        if (around) nodes[i].end = end;
      }
    }
    last_ = outerLast_;
    parent_ = 0;
  }

  Syntax result() { return {text_, std::move(nodes_)}; }

 private:
  void append(const PieceSyntax::Nodes& piece, std::size_t count, std::uint32_t at) {
    auto& nodes = *nodes_;
    lastAppended_ = 0;
    if (count < 2) return;
    const auto base = static_cast<std::uint32_t>(nodes.size());
    const std::uint32_t shift = base - 1;  // the piece's own module is left out
    for (std::size_t i = 1; i < count; ++i) {
      SyntaxEntry entry = piece.entries[i];
      entry.begin += at;
      entry.end += at;
      if (entry.child != 0) entry.child += shift;
      if (entry.next != 0) entry.next += shift;
      nodes.push_back(entry);
    }
    (last_ == 0 ? nodes[parent_].child : nodes[last_].next) = base;
    lastAppended_ = piece.lastChild + shift;
  }

  std::string_view text_;
  std::shared_ptr<std::vector<SyntaxEntry>> nodes_;
  std::uint32_t parent_ = 0;     // of what is added
  std::uint32_t last_ = 0;       // its last child; 0: none yet
  std::uint32_t outerLast_ = 0;  // within a class: the class, among the module's children
  std::uint32_t lastAppended_ = 0;
};

PieceSyntax::NodesPtr PieceSyntax::statementNodes(std::string_view text, PythonParser& parser) {
  auto nodes = std::make_shared<Nodes>();
  const Syntax syntax = PythonParser::flatten(parser.parse(text), text);
  nodes->entries.assign(syntax.entries_, syntax.entries_ + syntax.size());
  if (nodes->entries.empty()) return nodes;
  for (std::uint32_t i = nodes->entries[0].child; i != 0; i = nodes->entries[i].next) {
    nodes->lastChild = i;
  }
  return nodes;
}

// A header says nothing without a body: it is given one.
PieceSyntax::NodesPtr PieceSyntax::headerNodes(std::string_view text, PythonParser& parser) {
  std::string whole(text);
  whole += " pass\n";
  NodesPtr nodes = statementNodes(whole, parser);
  const auto& entries = nodes->entries;
  const std::size_t count = entries.size();
  const bool asExpected = count >= 4 && entries[count - 2].kind == SyntaxKind::Block &&
                          entries[count - 2].child == count - 1 &&
                          entries[0].child == nodes->lastChild && nodes->lastChild == 1;
  return asExpected ? nodes : nullptr;
}

PieceSyntax::NodesPtr PieceSyntax::nodesOf(std::string_view text, const Piece& piece,
                                           PythonParser& parser) {
  const bool header = piece.kind == PieceKind::ClassHeader;
  Known& now = now_[header ? 1 : 0];
  const std::string_view key = text.substr(piece.begin, piece.end - piece.begin);
  if (const auto known = now.find(key); known != now.end()) return known->second;
  NodesPtr nodes;
  Known& before = before_[header ? 1 : 0];
  if (const auto known = before.find(key); known != before.end()) {
    nodes = known->second;
  } else {
    ++parsedPieces_;
    nodes = header ? headerNodes(key, parser) : statementNodes(key, parser);
  }
  now.emplace(key, nodes);
  return nodes;
}

Syntax PieceSyntax::of(std::string_view text, PythonParser& parser) {
  parsedPieces_ = 0;
  auto copy = std::make_unique<std::string>(text);
  const std::vector<Piece> pieces = splitIntoPieces(*copy);
  std::vector<std::pair<Piece, NodesPtr>> parts;
  std::size_t count = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    Piece piece = pieces[i];
    NodesPtr nodes = nodesOf(*copy, piece, parser);
    if (nodes == nullptr) {  // then the class is parsed as a whole
      piece.kind = PieceKind::Statement;
      while (i + 1 < pieces.size() && pieces[i + 1].kind == PieceKind::Member) ++i;
      piece.end = pieces[i].end;
      nodes = nodesOf(*copy, piece, parser);
    }
    count += nodes->entries.size();
    parts.emplace_back(piece, std::move(nodes));
  }
  SyntaxJoiner joiner(text, count);
  bool inClass = false;
  for (const auto& [piece, nodes] : parts) {
    if (inClass && piece.kind != PieceKind::Member) joiner.endClass();
    inClass = piece.kind != PieceKind::Statement;
    if (piece.kind == PieceKind::ClassHeader) {
      joiner.beginClass(*nodes, piece.begin);
    } else {
      joiner.addStatement(*nodes, piece.begin);
    }
  }
  if (inClass) joiner.endClass();
  text_ = std::move(copy);
  for (const int kind : {0, 1}) before_[kind] = std::exchange(now_[kind], {});
  return joiner.result();
}

}  // namespace whyalive::sources
