# Healthy: a cache that evicts when it is full.
class Cache:
    def __init__(self, limit):
        self.limit = limit
        self.entries = {}

    def put(self, key, value):
        self.entries[key] = value
        if len(self.entries) > self.limit:
            self.entries.pop(next(iter(self.entries)))


cache = Cache(2000)


def work(count):
    for number in range(count):
        cache.put("%d-%d" % (id(cache), number), ["value %d" % number] * 10)
