#include "server/heap/edge_choice.h"

namespace whyalive::heap {
namespace {

// How much a label tells: names before positions before nothing.
int plainness(LabelKind kind) {
  switch (kind) {
    case LabelKind::Attribute:
    case LabelKind::Slot:
    case LabelKind::DictValue:
    case LabelKind::AttributesDict: return 0;
    case LabelKind::Native:
    case LabelKind::Type:
    case LabelKind::Internal:
    case LabelKind::DictKey:
    case LabelKind::BorrowedKey:
    case LabelKind::FrameBack: return 2;
    default: return 1;
  }
}

}  // namespace

bool isPlainer(const HeapGraph& graph, ObjectIndex from, std::uint32_t edge, std::uint32_t than) {
  return plainness(graph.label(from, edge).kind) < plainness(graph.label(from, than).kind);
}

std::uint32_t edgeBetween(const HeapGraph& graph, ObjectIndex from, ObjectIndex to) {
  const auto edges = graph.rawEdges(from);
  std::uint32_t best = kNoIndex;
  int bestPlainness = 3;
  for (std::uint32_t i = 0; i < edges.size() && bestPlainness > 0; ++i) {
    if (edges[i] != raw(to)) continue;
    const int plain = plainness(graph.label(from, i).kind);
    if (plain < bestPlainness) {
      best = i;
      bestPlainness = plain;
    }
    if (i >= graph.shape(from).labels.size() && !graph.isDict(from)) break;  // the rest are alike
  }
  return best;
}

}  // namespace whyalive::heap
