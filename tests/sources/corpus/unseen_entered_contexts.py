# After a tracer: context managers are entered by hand and kept, their generators stand in the yield.
# Holder: Tracer.open_spans.
import contextlib


class Tracer:
    def __init__(self):
        self.open_spans = []

    @contextlib.contextmanager
    def span(self, name):
        data = {"name": name, "events": [name] * 10}
        yield data  #< also
        data.clear()

    def start(self, name):
        manager = self.span(name)
        data = manager.__enter__()
        self.open_spans.append(manager)  #< store
        return data


tracer = Tracer()


def work(count):
    for number in range(count):
        tracer.start("request %d" % number)
