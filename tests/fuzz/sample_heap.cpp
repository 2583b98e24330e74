#include "tests/fuzz/sample_heap.h"

#include <string>

#include "tests/support/heap_builder.h"

namespace whyalive::fuzz {
namespace {

using testing::HeapBuilder;
using testing::Obj;

HeapBuilder build() {
  HeapBuilder b;
  const Obj main = b.module("__main__", kSampleFile);
  const Obj dispatcher = b.cls("__main__", "Dispatcher");
  const Obj request = b.cls("__main__", "Request");
  b.set(main, "Dispatcher", dispatcher);
  b.set(main, "Request", request);
  const Obj send = b.code(kSampleFile, "Dispatcher.send", 12, {"self", "request"}, 2);
  const Obj reply = b.code(kSampleFile, "Dispatcher.send.<locals>.reply", 14, {"request"});
  const Obj worker = b.code(kSampleFile, "worker", 21, {"request"}, 1);
  b.function(send, main);
  const Obj expected = b.dict();
  const Obj cache = b.list();
  for (int i = 0; i < 150; ++i) {
    const Obj one = b.instance(request, {{"name", b.text("request " + std::to_string(i))}});
    const Obj callback = b.function(reply, main, {{"request", one}});
    b.put(expected, b.text(std::to_string(i)), b.tuple({callback, b.dict()}));
    if (i % 3 == 0) b.append(cache, one);
    if (i % 10 == 0) b.hold(b.suspended(worker, 23, {{"request", one}}));
  }
  const Obj client = b.instanceWithDict(dispatcher, {{"_expected", expected}});
  b.set(main, "client", client);
  b.set(main, "cache", cache);
  const Obj node = b.cls("__main__", "Node");
  const Obj first = b.instanceWithDict(node, {});
  const Obj second = b.instanceWithDict(node, {{"parent", first}});
  b.setAttribute(first, "child", second);  // garbage that waits for the collector
  const Obj buffer = b.blob("abc", 4096);
  b.nativeSize(buffer, 1 << 20);
  b.set(main, "buffer", buffer);
  return b;
}

}  // namespace

std::vector<std::uint8_t> sampleSnapshot() { return build().bytes(); }

std::shared_ptr<const heap::Analysis> sampleHeap() {
  static const std::shared_ptr<const heap::Analysis> heap = build().analyse();
  return heap;
}

}  // namespace whyalive::fuzz
