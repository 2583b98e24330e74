# After headers and caches written as a MutableMapping: the store is private, callers use [].
# Holder: LowerDict._store.
import collections.abc
import itertools


class LowerDict(collections.abc.MutableMapping):
    def __init__(self):
        self._store = {}

    def __setitem__(self, key, value):
        self._store[key.lower()] = (key, value)  #< store

    def __getitem__(self, key):
        return self._store[key.lower()][1]

    def __delitem__(self, key):
        del self._store[key.lower()]

    def __iter__(self):
        return (key for key, value in self._store.values())

    def __len__(self):
        return len(self._store)


class Agent:
    def __init__(self):
        self.seen = LowerDict()

    def receive(self, number):
        self.seen["X-Request-%d" % number] = {"number": number, "parts": [number] * 5}  #< also


agent = Agent()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        agent.receive(next(numbers))
