// Canvas: a picture while it is being drawn. Each object (or key of a group) becomes one node, as
// long as there is room; edges are added between nodes that are there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "server/heap/analysis.h"
#include "server/pictures/links.h"
#include "server/pictures/picture.h"

namespace whyalive::pictures {

class Canvas {
 public:
  Canvas(const heap::Analysis& analysis, const PictureOptions& options);

  struct Placed {
    std::uint32_t node = 0;
    bool isNew = false;
  };
  // nullopt: there is no room left, which the note will say.
  std::optional<Placed> object(ObjectIndex o);
  std::optional<Placed> group(const std::string& key, PictureNode node);
  std::optional<std::uint32_t> root(const heap::Root& root);

  // "+N more" at the side of a node that was not drawn to the end.
  void rest(std::uint32_t node, std::uint64_t count);
  void edge(std::uint32_t from, std::uint32_t to, std::string label, std::uint64_t count,
            bool onPath);

  PictureNode& node(std::uint32_t i) { return picture_.nodes[i]; }
  std::size_t nodeCount() const { return picture_.nodes.size(); }
  bool isFull() const { return picture_.nodes.size() >= options_.maxNodes; }
  void note(const std::string& sentence);

  // Marks cycles and suspects and hands the picture over.
  Picture finish();

 private:
  std::uint32_t add(std::string id, PictureNode node);
  void markCycles();
  void markSuspects();

  const heap::Analysis& analysis_;
  const PictureOptions& options_;
  Picture picture_;
  std::unordered_map<std::uint32_t, std::uint32_t> byObject_;
  std::map<std::string, std::uint32_t> byKey_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string>, std::uint32_t> edges_;
  bool refused_ = false;
};

}  // namespace whyalive::pictures
