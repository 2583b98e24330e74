# Holder: the children of a metric, one for each label value.
import itertools

from prometheus_client import Counter

requests = Counter("requests", "Requests by user", ["user"])
numbers = itertools.count()


def handle(user):
    requests.labels(user=user).inc()  #< call


def work(count):
    for _ in range(count // 4):
        handle("user-%d" % next(numbers))
