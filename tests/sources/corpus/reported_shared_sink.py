# After a tracing library: a list is handed to a recorder, which fills it under another name.
# Holder: Tracer.events; the statement says self.sink.
class Recorder:
    def __init__(self, sink, limit):
        self.sink = sink
        self.limit = limit

    def record(self, name, values):
        if len(values) < self.limit:
            self.sink.append({"name": name, "values": values})  #< store


class Tracer:
    def __init__(self):
        self.events = []
        self.recorder = Recorder(self.events, 100)  #< also

    def trace(self, name):
        self.recorder.record(name, [name] * 5)

    def flush(self):
        return len(self.events)


tracer = Tracer()


def work(count):
    for number in range(count):
        tracer.trace("span %d" % number)
