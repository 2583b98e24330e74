# Holder: Metrics.samples[host][name], a defaultdict of defaultdicts of lists.
import collections


class Metrics:
    def __init__(self):
        self.samples = collections.defaultdict(lambda: collections.defaultdict(list))
        self.hosts = set()

    def observe(self, host, name, value):
        self.hosts.add(host)
        self.samples[host][name].append((value, {"host": host}))  #< store


metrics = Metrics()


def work(count):
    for number in range(count):
        metrics.observe("db1", "latency", float(number))
