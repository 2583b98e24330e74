#include "server/pictures/canvas.h"

#include <algorithm>
#include <vector>

#include "server/pictures/node_text.h"

namespace whyalive::pictures {

Canvas::Canvas(const heap::Analysis& analysis, const PictureOptions& options)
    : analysis_(analysis), options_(options) {
  picture_.direction = options.direction;
}

std::uint32_t Canvas::add(std::string id, PictureNode node) {
  node.id = std::move(id);
  picture_.nodes.push_back(std::move(node));
  return static_cast<std::uint32_t>(picture_.nodes.size() - 1);
}

std::optional<Canvas::Placed> Canvas::object(ObjectIndex o) {
  if (const auto it = byObject_.find(raw(o)); it != byObject_.end())
    return Placed{it->second, false};
  if (isFull()) {
    refused_ = true;
    return std::nullopt;
  }
  const std::uint32_t node =
      add("o" + std::to_string(raw(o)), describeObject(analysis_, o, options_.refcounts));
  byObject_.emplace(raw(o), node);
  return Placed{node, true};
}

std::optional<Canvas::Placed> Canvas::group(const std::string& key, PictureNode node) {
  if (const auto it = byKey_.find(key); it != byKey_.end()) return Placed{it->second, false};
  if (isFull()) {
    refused_ = true;
    return std::nullopt;
  }
  const std::uint32_t number = add("g" + std::to_string(picture_.nodes.size()), std::move(node));
  byKey_.emplace(key, number);
  return Placed{number, true};
}

std::optional<std::uint32_t> Canvas::root(const heap::Root& root) {
  PictureNode node = describeRoot(analysis_, root);
  const std::string key = "root\n" + node.title + "\n" + node.subtitle;
  // One node for all that C holds would tie unrelated objects together.
  const bool shared = root.group == heap::RootGroup::Frame;
  if (const auto it = byKey_.find(key); shared && it != byKey_.end()) return it->second;
  if (isFull()) return std::nullopt;
  const std::uint32_t number = add("r" + std::to_string(picture_.nodes.size()), std::move(node));
  byKey_.insert_or_assign(key, number);
  return number;
}

void Canvas::rest(std::uint32_t node, std::uint64_t count) {
  PictureNode more = describeRest(count);
  more.object = picture_.nodes[node].object;
  more.expandable = more.object != kNoObject && !picture_.merged;
  const std::uint32_t number = add("m" + picture_.nodes[node].id, std::move(more));
  const bool upwards = options_.direction != Direction::Refs;
  edge(upwards ? number : node, upwards ? node : number, "", count, false);
}

void Canvas::edge(std::uint32_t from, std::uint32_t to, std::string label, std::uint64_t count,
                  bool onPath) {
  const auto [it, isNew] = edges_.try_emplace({from, to, label}, picture_.edges.size());
  if (isNew) {
    PictureEdge edge;
    edge.from = from;
    edge.to = to;
    edge.label = std::move(label);
    edge.count = count;
    edge.onPath = onPath;
    picture_.edges.push_back(std::move(edge));
  } else {
    picture_.edges[it->second].onPath = picture_.edges[it->second].onPath || onPath;
  }
}

void Canvas::note(const std::string& sentence) {
  picture_.note += (picture_.note.empty() ? "" : " ") + sentence;
}

// An edge is part of a cycle when its end leads back to its beginning. Pictures are small: one
// search for each node is less than a cleverer algorithm would be to read.
void Canvas::markCycles() {
  const std::size_t n = picture_.nodes.size();
  std::vector<std::vector<std::uint32_t>> out(n);
  for (const PictureEdge& edge : picture_.edges) out[edge.from].push_back(edge.to);
  for (std::uint32_t start = 0; start < n; ++start) {
    std::vector<bool> reached(n, false);
    std::vector<std::uint32_t> open = {start};
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      for (const std::uint32_t next : out[at]) {
        if (!reached[next]) open.push_back(next);
        reached[next] = true;
      }
    }
    for (PictureEdge& edge : picture_.edges) {
      if (edge.to == start && reached[edge.from]) edge.cycle = true;
    }
  }
}

void Canvas::markSuspects() {
  for (PictureNode& node : picture_.nodes) {
    node.holder = node.family != Family::More && node.count == 1 &&
                  std::ranges::find(options_.holders, node.object) != options_.holders.end();
  }
  for (PictureEdge& edge : picture_.edges) {
    edge.suspected = picture_.nodes[edge.from].holder && edge.onPath;
  }
}

Picture Canvas::finish() {
  markCycles();
  markSuspects();
  if (refused_) {
    note("The picture ends at " + formatCount(options_.maxNodes) + " nodes.");
  }
  return std::move(picture_);
}

}  // namespace whyalive::pictures
