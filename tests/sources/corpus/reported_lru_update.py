# After a task queue's result cache: update() puts entries in without evicting.
# Holder: LRUCache.data, inherited from collections.UserDict.
import collections
import itertools
import threading


class LRUCache(collections.UserDict):
    def __init__(self, limit=100):
        self.limit = limit
        self.mutex = threading.RLock()
        super().__init__()

    def __setitem__(self, key, value):
        with self.mutex:
            if self.limit and len(self.data) >= self.limit:
                self.data.pop(next(iter(self.data)))
            self.data[key] = value

    def update(self, *args, **kwargs):
        with self.mutex:
            self.data.update(*args, **kwargs)  #< store


class Result:
    def __init__(self, number):
        self.payload = ["row %d" % number] * 6


class Backend:
    def __init__(self):
        self.cache = LRUCache()

    def remember(self, meta):
        self.cache.update({meta["id"]: meta["result"]})  #< also


backend = Backend()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        number = next(numbers)
        backend.remember({"id": number, "result": Result(number)})
