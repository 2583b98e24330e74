// Picture: a part of the heap as nodes and edges that a person can take in, before any layout.
//
// drawPicture chooses: what refers to the objects, what they refer to, or the chain that keeps them
// alive. Plumbing is left out (an instance's namespace, a closure's cells): the edge carries the
// attribute's or variable's name instead. Nothing is unbounded: depth, fan-out and number of nodes
// are limits, and what they leave out is said ("+2,431 more"). Sets that are too large to be drawn
// one by one are summarised by kind (merged). Pure; knows nothing of Graphviz.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::pictures {

enum class Direction {
  Backrefs,  // what refers to the objects, upwards
  Refs,      // what the objects refer to, downwards
  Chain,     // the shortest named path from a root to each
};

struct PictureOptions {
  Direction direction = Direction::Backrefs;
  std::uint32_t depth = 5;       // steps away from the objects
  std::uint32_t fanOut = 6;      // neighbours drawn of one node; the rest becomes "+N more"
  std::uint32_t maxNodes = 120;  // a "+N more" beside one of them does not count
  bool merged = false;           // by kind; also done when there are more than `mergeFrom` objects
  std::uint32_t mergeFrom = 20;
  bool refcounts = false;
  std::vector<ObjectIndex> expanded;  // draw more of these objects' neighbours
  std::vector<ObjectIndex> holders;   // suspects: their references on the way are emphasised
};

// What a node is, for its colour.
enum class Family { Module, Class, Function, Frame, Container, Value, Instance, Native, More };

struct PictureNode {
  std::string id;  // unique in the picture: o123 (an object), g4 (a group), m7 (more), r2 (a root)
  ObjectIndex object = kNoObject;  // the object; of a group, one of it
  Family family = Family::Instance;
  std::string type;      // qualified; of a group, its kind
  std::string title;     // "Dispatcher", "'presence'", "+2,431 more"
  std::string subtitle;  // "xmpp.dispatcher", "dict, 3,100 entries"; may be empty
  std::string detail;    // "18.2 MB retained"; may be empty
  std::uint64_t count = 1;
  bool target = false;  // one of the objects asked for
  bool root = false;    // where a path begins
  bool holder = false;  // a suspect
  bool expandable = false;
};

struct PictureEdge {
  std::uint32_t from = 0, to = 0;  // indices into nodes; from refers to to
  std::string label;               // "._expected", "[12]", "closure request"
  std::uint64_t count = 1;         // references that it stands for
  bool cycle = false;              // part of a reference cycle within the picture
  bool onPath = false;             // part of the shortest named path
  bool suspected = false;          // a suspect's reference on the way to the objects
};

struct Picture {
  Direction direction = Direction::Backrefs;
  bool merged = false;
  std::vector<PictureNode> nodes;
  std::vector<PictureEdge> edges;
  std::string note;  // what was left out, in a sentence; may be empty
};

Result<Picture> drawPicture(const heap::Analysis& analysis, std::span<const ObjectIndex> objects,
                            const PictureOptions& options, const RunControl& control = {});

}  // namespace whyalive::pictures
