# Holder: Hub._observers, partials by id under a lock.
import functools
import threading


class Hub:
    def __init__(self):
        self._lock = threading.Lock()
        self._observers = {}
        self._alive = []

    def observe(self, source, callback, *details):
        observer = functools.partial(callback, source, *details)
        with self._lock:
            self._observers[id(source)] = observer  #< store
        return lambda: self._observers.pop(id(source), None)


class Source:
    def __init__(self, number):
        self.buffer = [number] * 20


hub = Hub()


def changed(source, detail):
    return len(source.buffer), detail


def work(count):
    for number in range(count):
        hub.observe(Source(number), changed, "detail")
