// What is drawn: which nodes and edges, how they are named, what is left out and said so.
#include <algorithm>

#include "server/pictures/make_picture.h"
#include "tests/pictures/pictures_support.h"
#include "tests/support/catch.h"

namespace whyalive::testing {

using pictures::Direction;
using pictures::Family;
using pictures::Picture;
using pictures::PictureEdge;
using pictures::PictureNode;
using pictures::PictureOptions;
using Strings = std::vector<std::string>;

TEST_CASE("back references name attributes, keys, closures and locals, without the plumbing") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.depth = 6;
  CHECK(edgesOf(drawn(*story.analysis, {story.iqs[0]}, options)) ==
        Strings{"Dispatcher -._expected-> dict", "Iq -.kids-> list", "Node -.parent-> Iq",
                "__main__ -.client-> Dispatcher", "__main__ -.task-> serve", "dict -['q0']-> tuple",
                "list -[0]-> Node", "on_reply -closure request-> Iq", "serve -local stanza-> Iq",
                "tuple -[0]-> on_reply"});
}

TEST_CASE("references leave the class and the globals out") {
  const StoryHeap story = storyHeap(2);
  PictureOptions options;
  options.direction = Direction::Refs;
  options.depth = 4;
  CHECK(edgesOf(drawn(*story.analysis, {story.dispatcher}, options)) ==
        Strings{"Dispatcher -._expected-> dict", "dict -['q0']-> tuple", "dict -['q1']-> tuple",
                "on_reply -.__code__-> code", "on_reply -.__code__-> code",
                "on_reply -closure request-> Iq", "on_reply -closure request-> Iq",
                "tuple -[0]-> on_reply", "tuple -[0]-> on_reply", "tuple -[1]-> dict",
                "tuple -[1]-> dict"});
}

TEST_CASE("chains of several objects share what they have in common") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.direction = Direction::Chain;
  const Picture picture = drawn(*story.analysis, {story.iqs[1], story.iqs[2]}, options);
  CHECK(edgesOf(picture) == Strings{"Dispatcher -._expected-> dict",
                                    "__main__ -.client-> Dispatcher", "dict -['q1']-> tuple",
                                    "dict -['q2']-> tuple", "on_reply -closure request-> Iq",
                                    "on_reply -closure request-> Iq", "tuple -[0]-> on_reply",
                                    "tuple -[0]-> on_reply"});
  CHECK(std::ranges::count_if(picture.nodes, &PictureNode::target) == 2);
  CHECK(std::ranges::all_of(picture.edges, &PictureEdge::onPath));
  CHECK(nodeTitled(picture, "__main__")->root);
}

TEST_CASE("a chain that no module begins starts at what holds it") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.direction = Direction::Chain;
  const Picture picture = drawn(*story.analysis, {story.running}, options);
  CHECK(edgesOf(picture) == Strings{"main -local banner-> 'only a local'"});
  CHECK(nodeTitled(picture, "main")->root);
  CHECK(nodeTitled(picture, "main")->subtitle == "running, daemon.py:57");
  options.direction = Direction::Backrefs;
  CHECK(edgesOf(drawn(*story.analysis, {story.running}, options)) ==
        Strings{"main -local banner-> 'only a local'"});
}

TEST_CASE("garbage is said to be garbage") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.direction = Direction::Chain;
  const Picture picture = drawn(*story.analysis, {story.garbage}, options);
  CHECK(picture.nodes.size() == 1);
  CHECK(picture.note == "No root reaches Node: it waits for the collector.");
}

TEST_CASE("cycles are marked, and only they") {
  const StoryHeap story = storyHeap(1);
  PictureOptions options;
  options.depth = 6;
  const Picture picture = drawn(*story.analysis, {story.iqs[0]}, options);
  for (const PictureEdge& edge : picture.edges) {
    const bool inCycle = edge.label == ".kids" || edge.label == ".parent" ||
                         (edge.label == "[0]" && picture.nodes[edge.to].title == "Node");
    INFO(edge.label);
    CHECK(edge.cycle == inCycle);
  }
}

TEST_CASE("the suspect and its references on the way are emphasised") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.holders = {story.expected};
  options.depth = 6;
  const Picture picture = drawn(*story.analysis, {story.iqs[1]}, options);
  for (const PictureNode& node : picture.nodes) {
    CHECK(node.holder == (node.object == story.expected));
  }
  for (const PictureEdge& edge : picture.edges) {
    CHECK(edge.suspected == (picture.nodes[edge.from].object == story.expected));
  }
}

TEST_CASE("a suspect stands by itself in a picture by kind, and its references are emphasised") {
  const StoryHeap story = storyHeap(30);
  PictureOptions options;
  options.merged = true;
  options.direction = Direction::Refs;
  options.depth = 1;
  // One list of thirty: without the mark it would be one of them.
  const Picture plain = drawn(*story.analysis, story.iqs, options);
  REQUIRE(nodeTitled(plain, "30 × list") != nullptr);
  options.holders = {nodeTitled(plain, "30 × list")->object};
  const Picture marked = drawn(*story.analysis, story.iqs, options);
  CHECK(nodeTitled(marked, "29 × list") != nullptr);
  const PictureNode* alone = nodeTitled(marked, "list");
  REQUIRE(alone != nullptr);
  CHECK(alone->holder);
  CHECK(alone->object == options.holders[0]);
}

TEST_CASE("what is too large to be drawn object by object is drawn by kind, and the note says so") {
  const StoryHeap story = storyHeap(15);
  pictures::Renderer renderer({"/bin/sh", "-c", "cat"});
  pictures::Making how;
  how.limits.dotBytes = 6000;
  const auto made = pictures::makePicture(*story.analysis, story.iqs, how, renderer);
  REQUIRE(made.has_value());
  CHECK(made->picture.merged);
  CHECK(nodeTitled(made->picture, "15 × Iq") != nullptr);
  CHECK(made->picture.note == "Too large to be drawn object by object, so it is drawn by kind.");
  CHECK(made->content == pictures::toDot(made->picture));
  how.limits.dotBytes = 10;
  const auto never = pictures::makePicture(*story.analysis, story.iqs, how, renderer);
  REQUIRE(!never.has_value());
  CHECK(never.error().message == "the picture is too large to be laid out");
}

TEST_CASE("fan-out is limited, and the rest is counted") {
  const StoryHeap story = storyHeap(2440);
  PictureOptions options;
  options.direction = Direction::Refs;
  options.depth = 1;
  options.fanOut = 9;
  const Picture picture = drawn(*story.analysis, {story.expected}, options);
  CHECK(picture.nodes.size() == 1 + 9 + 1);
  const PictureNode* more = nodeTitled(picture, "+2,431 more");
  REQUIRE(more != nullptr);
  CHECK(more->family == Family::More);
  CHECK(more->object == story.expected);
  CHECK(more->expandable);
  options.expanded = {story.expected};
  CHECK(drawn(*story.analysis, {story.expected}, options).nodes.size() == 1 + 40 + 1);
}

TEST_CASE("depth is limited, and what goes on can be expanded") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.depth = 2;
  const Picture picture = drawn(*story.analysis, {story.iqs[1]}, options);
  const PictureNode* tuple = nodeTitled(picture, "tuple");
  REQUIRE(tuple != nullptr);
  CHECK(tuple->expandable);
  CHECK(nodeTitled(picture, "dict") == nullptr);
  options.expanded = {tuple->object};
  CHECK(nodeTitled(drawn(*story.analysis, {story.iqs[1]}, options), "dict") != nullptr);
}

TEST_CASE("the number of nodes is limited, and the note says so") {
  const StoryHeap story = storyHeap(100);
  PictureOptions options;
  options.direction = Direction::Refs;
  options.fanOut = 100;
  options.maxNodes = 30;
  options.expanded = {story.expected};
  const Picture picture = drawn(*story.analysis, {story.dispatcher}, options);
  CHECK(picture.nodes.size() <= 30 + 30);  // a "+N more" for each at most
  CHECK(picture.note == "The picture ends at 30 nodes.");
}

TEST_CASE("large sets are drawn by kind, with numbers on edges") {
  const StoryHeap story = storyHeap(300);
  PictureOptions options;
  options.depth = 6;
  const Picture picture = drawn(*story.analysis, story.iqs, options);
  CHECK(picture.merged);
  CHECK(picture.note == "300 objects are drawn by kind.");
  CHECK(edgesOf(picture) ==
        Strings{"300 × Iq -.kids-> 300 × list", "300 × Node -.parent-> 300 × Iq",
                "300 × function -closure request-> 300 × Iq", "300 × list -[…]-> 300 × Node",
                "300 × tuple -[…]-> 300 × function", "Dispatcher -._expected-> dict",
                "__main__ -.client-> Dispatcher", "__main__ -.task-> serve",
                "dict -[…]-> 300 × tuple", "serve -local stanza-> 300 × Iq"});
  CHECK(edgeBetween(picture, "dict", "300 × tuple")->count == 300);
  CHECK(edgeBetween(picture, "serve", "300 × Iq")->count == 1);
  CHECK(edgeBetween(picture, "300 × Node", "300 × Iq")->cycle);
  const PictureNode* iqs = nodeTitled(picture, "300 × Iq");
  REQUIRE(iqs != nullptr);
  CHECK(iqs->target);
  CHECK(iqs->count == 300);
}

TEST_CASE("a merged group retains what its outermost members do") {
  const StoryHeap story = storyHeap(30);
  PictureOptions options;
  options.merged = true;
  options.direction = Direction::Refs;
  Bytes sum = 0;
  for (const ObjectIndex iq : story.iqs) {
    sum += story.analysis->dominators().retained(iq);
  }
  const Picture picture = drawn(*story.analysis, story.iqs, options);
  const PictureNode* iqs = nodeTitled(picture, "30 × Iq");
  REQUIRE(iqs != nullptr);
  char text[40];
  std::snprintf(text, sizeof text, "%.1f kB retained", static_cast<double>(sum) / 1000);
  CHECK(iqs->detail == text);
}

TEST_CASE("merged chains are a tree of masked paths with the number of objects") {
  const StoryHeap story = storyHeap(30);
  PictureOptions options;
  options.direction = Direction::Chain;
  const Picture picture = drawn(*story.analysis, story.iqs, options);
  CHECK(edgesOf(picture) ==
        Strings{"29 × function -closure request-> 29 × Iq", "29 × tuple -[…]-> 29 × function",
                "Dispatcher -._expected-> dict", "__main__ -.client-> Dispatcher",
                "__main__ -.task-> serve", "dict -[…]-> 29 × tuple", "serve -local stanza-> Iq"});
}

TEST_CASE("a list of a million links is drawn from both ends") {
  HeapBuilder b;
  const Obj link = b.cls("m", "Link");
  Obj next = b.instance(link);
  const Obj last = next;
  constexpr int kLinks = 20'000;  // as good as a million for what is drawn, and quicker to build
  for (int i = 0; i < kLinks; ++i) next = b.instance(link, {{"next", next}});
  b.set(b.module("__main__"), "head", next);
  PictureOptions options;
  options.direction = Direction::Chain;
  const Picture picture = drawn(*b.analyse(), {at(last)}, options);
  CHECK(picture.nodes.size() < 70);
  CHECK(std::ranges::count_if(picture.nodes, [](const PictureNode& node) {
          return node.title.ends_with(" steps");
        }) == 1);
  CHECK(std::ranges::count_if(picture.nodes, &PictureNode::target) == 1);
}

TEST_CASE("a hub that a million references lead to costs no more than its limits") {
  HeapBuilder b;
  const Obj shared = b.text("shared");
  const Obj main = b.module("__main__");
  std::vector<Obj> lists;
  for (int i = 0; i < 6000; ++i) lists.push_back(b.list({shared}));
  b.set(main, "all", b.list(lists));
  PictureOptions options;
  options.depth = 1;
  const Picture picture = drawn(*b.analyse(), {at(shared)}, options);
  CHECK(picture.nodes.size() == 1 + options.fanOut + 1);
  CHECK(nodeTitled(picture, "+5,994 more") != nullptr);
}

TEST_CASE("a global is its module's, however many functions share the namespace") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj code = b.code("/srv/app.py", "f", 1);
  std::vector<Obj> functions;
  for (int i = 0; i < 5000; ++i) functions.push_back(b.function(code, main));
  const Obj value = b.text("kept");
  b.set(main, "functions", b.list(functions));
  b.set(main, "value", value);
  CHECK(edgesOf(drawn(*b.analyse(), {at(value)}, {})) == Strings{"__main__ -.value-> 'kept'"});
}

TEST_CASE("None is nothing that an object keeps") {
  HeapBuilder b;
  const Obj cls = b.cls("m", "C");
  const Obj object = b.instance(cls, {{"parent", b.none()}, {"name", b.text("n")}});
  b.set(b.module("__main__"), "x", object);
  PictureOptions options;
  options.direction = Direction::Refs;
  CHECK(edgesOf(drawn(*b.analyse(), {at(object)}, options)) == Strings{"C -.name-> 'n'"});
}

TEST_CASE("numbers of very large sets are estimates that fit together") {
  const StoryHeap story = storyHeap(50'000);
  PictureOptions options;
  options.depth = 2;
  const Picture picture = drawn(*story.analysis, story.iqs, options);
  CHECK(picture.note ==
        "The numbers are estimates from a sample. 50,000 objects are drawn by kind.");
  const PictureEdge* parent = edgeBetween(picture, "50,000 × Node", "50,000 × Iq");
  REQUIRE(parent != nullptr);
  CHECK(parent->count == 50'000);
}

TEST_CASE("what nodes say of their objects") {
  const StoryHeap story = storyHeap();
  PictureOptions options;
  options.depth = 6;
  options.refcounts = true;
  const Picture picture = drawn(*story.analysis, {story.iqs[1]}, options);
  const auto subtitle = [&](const char* title) {
    const PictureNode* node = nodeTitled(picture, title);
    REQUIRE(node != nullptr);
    return node->subtitle;
  };
  CHECK(subtitle("__main__") == "module");
  CHECK(subtitle("Dispatcher") == "xmpp");
  CHECK(subtitle("dict") == "5 entries");
  CHECK(subtitle("on_reply") == "function, xmpp.py:30");
  CHECK(nodeTitled(picture, "Iq")->detail.ends_with(" retained, 2 refs"));
  CHECK(nodeTitled(picture, "Iq")->id == "o" + std::to_string(raw(story.iqs[1])));
}

TEST_CASE("drawing nothing is an error, and drawing can be cancelled") {
  const StoryHeap story = storyHeap(30);
  CHECK(pictures::drawPicture(*story.analysis, {}, {}).error().code == ErrorCode::InvalidArgument);
  const RunControl stop([](std::string_view, double) { return false; });
  for (const Direction direction : {Direction::Backrefs, Direction::Refs, Direction::Chain}) {
    for (const bool merged : {false, true}) {
      PictureOptions options;
      options.direction = direction;
      options.merged = merged;
      const auto picture = pictures::drawPicture(*story.analysis, story.iqs, options, stop);
      REQUIRE(!picture.has_value());
      CHECK(picture.error().code == ErrorCode::Cancelled);
    }
  }
}

}  // namespace whyalive::testing
