// The story of the example daemon as a heap: a client whose dispatcher keeps every question and its
// callback for ever, beside a cache that is bounded and a heap of other things.
#pragma once

#include "tests/support/heap_builder.h"

namespace whyalive::testing {

struct Story {
  HeapBuilder builder;
  Obj main = 0, client = 0, dispatcher = 0, expected = 0, handlers = 0, events = 0;
};

struct StoryOptions {
  int questions = 600;  // entries of Dispatcher._expected
  int events = 100;     // in the bounded cache, whose LIMIT is 100
  int ballast = 200;    // rows of a table that is kept on purpose
  bool shared = false;  // the stanzas are in Dispatcher._handlers as well
};

Story story(const StoryOptions& options);

}  // namespace whyalive::testing
