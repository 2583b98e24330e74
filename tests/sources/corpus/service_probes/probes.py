import functools
import time


class Probe:
    """What install() returns: asks the wrapped methods' notes through functions."""

    def __init__(self, cls):
        self.cls = cls
        self.readers = {}
        self.originals = {}

    def count(self, name):
        return self.readers[name]()

    def uninstall(self):
        for name, original in self.originals.items():
            setattr(self.cls, name, original)


def _wrap(original, probe):
    calls = {}
    totals = {"calls": 0, "seconds": 0.0}

    @functools.wraps(original)
    def measured(self, *arguments, **keywords):
        start = time.monotonic()
        try:
            result = original(self, *arguments, **keywords)
        finally:
            totals["calls"] += 1
            totals["seconds"] += time.monotonic() - start
        calls.setdefault(self.host, [])
        calls[self.host] += [(arguments, result)]  #< store
        return result

    probe.readers[original.__name__] = lambda: sum(map(len, calls.values()))  #< also
    return measured


def install(cls, *names):
    probe = Probe(cls)
    for name in names:
        original = getattr(cls, name)
        probe.originals[name] = original
        setattr(cls, name, _wrap(original, probe))
    return probe
