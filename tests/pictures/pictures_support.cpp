#include "tests/pictures/pictures_support.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace whyalive::testing {

using pictures::Picture;

StoryHeap storyHeap(int requests) {
  HeapBuilder b;
  StoryHeap story;
  const Obj main = b.module("__main__", "/srv/daemon.py");
  const Obj xmpp = b.module("xmpp", "/srv/xmpp.py");
  const Obj node = b.cls("xmpp", "Node"), iq = b.cls("xmpp", "Iq", {node});
  const Obj dispatcherClass = b.cls("xmpp", "Dispatcher");
  b.set(xmpp, "Node", node);
  b.set(xmpp, "Iq", iq);
  b.set(xmpp, "Dispatcher", dispatcherClass);
  const Obj code = b.code("/srv/xmpp.py", "Dispatcher.send.<locals>.on_reply", 30, {"request"});
  const Obj expected = b.dict();
  for (int i = 0; i < requests; ++i) {
    const Obj kids = b.list();
    const Obj stanza =
        b.instanceWithDict(iq, {{"kids", kids}, {"id", b.text("q" + std::to_string(i))}});
    const Obj child = b.instanceWithDict(node, {{"parent", stanza}, {"name", b.text("query")}});
    b.append(kids, child);
    const Obj reply = b.function(code, xmpp, {{"request", stanza}});
    b.put(expected, b.text("q" + std::to_string(i)), b.tuple({reply, b.dict()}));
    story.iqs.push_back(at(stanza));
  }
  const Obj dispatcher = b.instanceWithDict(dispatcherClass, {{"_expected", expected}});
  b.set(main, "client", dispatcher);
  const Obj coroutine =
      b.suspended(b.code("/srv/daemon.py", "serve", 40), 44, {{"stanza", raw(story.iqs[0])}});
  b.set(main, "task", coroutine);
  const Obj running = b.text("only a local");
  b.runningFrame(b.code("/srv/daemon.py", "main", 50), 57, {{"banner", running}});
  const Obj lost = b.instanceWithDict(node), child = b.instanceWithDict(node, {{"parent", lost}});
  b.refer(lost, snapshot::LabelKind::Attribute, "kid", child);
  story.analysis = b.analyse();
  story.expected = at(expected);
  story.dispatcher = at(dispatcher);
  story.main = at(main);
  story.garbage = at(lost);
  story.running = at(running);
  return story;
}

Picture drawn(const heap::Analysis& analysis, std::vector<ObjectIndex> objects,
              const pictures::PictureOptions& options) {
  auto picture = pictures::drawPicture(analysis, objects, options);
  if (!picture) FAIL(picture.error().text());
  return *std::move(picture);
}

std::vector<std::string> edgesOf(const Picture& picture) {
  std::vector<std::string> edges;
  for (const pictures::PictureEdge& edge : picture.edges) {
    edges.push_back(picture.nodes[edge.from].title + " -" + edge.label + "-> " +
                    picture.nodes[edge.to].title);
  }
  std::ranges::sort(edges);
  return edges;
}

const pictures::PictureNode* nodeTitled(const Picture& picture, std::string_view title) {
  const auto it = std::ranges::find(picture.nodes, title, &pictures::PictureNode::title);
  return it == picture.nodes.end() ? nullptr : &*it;
}

const pictures::PictureEdge* edgeBetween(const Picture& picture, std::string_view from,
                                         std::string_view to) {
  for (const pictures::PictureEdge& edge : picture.edges) {
    if (picture.nodes[edge.from].title == from && picture.nodes[edge.to].title == to) return &edge;
  }
  return nullptr;
}

}  // namespace whyalive::testing
