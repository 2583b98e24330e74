# After a metrics library: a child metric for each value of a label, here for each user.
# Holder: MetricWrapper._metrics.
import itertools
import threading


class MetricWrapper:
    def __init__(self, name, labelnames=(), labelvalues=()):
        self._name = name
        self._labelnames = tuple(labelnames)
        self._labelvalues = labelvalues
        self._lock = threading.Lock()
        self._metrics = {}
        self._value = 0.0

    def labels(self, *values, **keywords):
        if keywords:
            values = tuple(str(keywords[one]) for one in self._labelnames)
        with self._lock:
            if values not in self._metrics:
                self._metrics[values] = self.__class__(self._name, self._labelnames, values)  #< store
            return self._metrics[values]

    def inc(self, amount=1):
        self._value += amount


requests = MetricWrapper("requests", ["user"])
numbers = itertools.count()


def handle(user):
    requests.labels(user=user).inc()  #< also


def work(count):
    for _ in range(count):
        handle("user-%d" % next(numbers))
