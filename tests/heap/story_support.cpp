#include "tests/heap/story_support.h"

namespace whyalive::testing {
namespace {

struct Classes {
  Obj node, iq, dispatcher, client, event, recent;
};

Classes define(HeapBuilder& b) {
  const Obj simplexml = b.module("xmpp.simplexml", "/app/xmpp/simplexml.py");
  const Obj protocol = b.module("xmpp.protocol", "/app/xmpp/protocol.py");
  const Obj dispatcher = b.module("xmpp.dispatcher", "/app/xmpp/dispatcher.py");
  Classes c{};
  c.node = b.cls("xmpp.simplexml", "Node");
  c.iq = b.cls("xmpp.protocol", "Iq", {c.node});
  c.dispatcher = b.cls("xmpp.dispatcher", "Dispatcher");
  c.client = b.cls("__main__", "Client");
  c.event = b.cls("__main__", "Event");
  c.recent = b.cls("__main__", "RecentEvents");
  b.set(simplexml, "Node", c.node);
  b.set(protocol, "Iq", c.iq);
  b.set(dispatcher, "Dispatcher", c.dispatcher);
  b.set(c.recent, "LIMIT", b.integer(100));
  return c;
}

Obj stanza(HeapBuilder& b, const Classes& c, int i) {
  const Obj kids = b.list({});
  const Obj iq = b.instance(
      c.iq, {{"attrs", b.dict({{b.text("id"), b.text(std::to_string(i))}})}, {"kids", kids}});
  for (int k = 0; k < 2; ++k) {
    b.append(kids, b.instance(c.node, {{"parent", iq},
                                       {"data", b.list({b.text("payload of this node")})}}));
  }
  return iq;
}

}  // namespace

Story story(const StoryOptions& options) {
  Story s;
  HeapBuilder& b = s.builder;
  b.meta("python.stdlib", "/usr/lib/python3.11");
  s.main = b.module("__main__", "/app/daemon.py");
  const Classes c = define(b);
  b.set(s.main, "Client", c.client);
  b.set(s.main, "Iq", c.iq);
  s.expected = b.dict();
  s.handlers = b.list({});
  s.dispatcher = b.instance(c.dispatcher, {{"_expected", s.expected}, {"_handlers", s.handlers}});
  s.client = b.instance(c.client, {{"Dispatcher", s.dispatcher}});
  b.set(s.main, "client", s.client);
  const Obj code = b.code("/app/daemon.py", "Gateway.forward.<locals>.answered", 40, {"request"});
  for (int i = 0; i < options.questions; ++i) {
    const Obj request = stanza(b, c, i);
    const Obj answered = b.function(code, s.main, {{"request", request}});
    b.put(s.expected, b.text("id" + std::to_string(i)), b.tuple({answered, b.dict()}));
    if (options.shared) b.append(s.handlers, b.tuple({request, b.none()}));
  }
  s.events = b.dict();
  for (int i = 0; i < options.events; ++i) {
    b.put(s.events, b.integer(i), b.instance(c.event, {{"text", b.blob("event", 9000)}}));
  }
  b.set(s.main, "recent", b.instance(c.recent, {{"_events", s.events}}));
  const Obj table = b.list({});
  for (int i = 0; i < options.ballast; ++i) b.append(table, b.tuple({b.integer(i), b.real(i)}));
  b.set(s.main, "TABLE", table);
  return s;
}

}  // namespace whyalive::testing
