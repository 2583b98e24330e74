// A small leaking program for pictures, and ways to look at what was drawn.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/heap/analysis.h"
#include "server/pictures/picture.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {

// A dispatcher that keeps a reply function for each of `requests`; each function captures an Iq,
// which is a tree of Node with parents. A coroutine is suspended with one Iq; two Node are garbage.
struct StoryHeap {
  std::shared_ptr<const heap::Analysis> analysis;
  std::vector<ObjectIndex> iqs;
  ObjectIndex expected = kNoObject;    // the dict
  ObjectIndex dispatcher = kNoObject;  // the instance that has it
  ObjectIndex main = kNoObject;        // the module
  ObjectIndex garbage = kNoObject;
  ObjectIndex running = kNoObject;  // a str that only a local variable of a running frame holds
};
StoryHeap storyHeap(int requests = 5);

// The picture of these objects; fails the test on an error.
pictures::Picture drawn(const heap::Analysis& analysis, std::vector<ObjectIndex> objects,
                        const pictures::PictureOptions& options);

// "Dispatcher -._expected-> dict", one for each edge, sorted.
std::vector<std::string> edgesOf(const pictures::Picture& picture);
const pictures::PictureNode* nodeTitled(const pictures::Picture& picture, std::string_view title);
const pictures::PictureEdge* edgeBetween(const pictures::Picture& picture, std::string_view from,
                                         std::string_view to);

}  // namespace whyalive::testing
