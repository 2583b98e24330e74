# Holder: EventStore._streams[name]; appended through a helper that returns the stream.
class EventStore:
    def __init__(self):
        self._streams = {}

    def _stream(self, name):
        try:
            return self._streams[name]
        except KeyError:
            stream = self._streams[name] = []
            return stream

    def append(self, name, kind, data):
        stream = self._stream(name)
        stream.append({"kind": kind, "data": data, "version": len(stream)})  #< store


store = EventStore()


def work(count):
    for number in range(count):
        store.append("orders", "placed", {"number": number})
