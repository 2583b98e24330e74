# After a task queue's client: results wait in one of two maps, chosen by a flag.
# Holder: Backend._pending.concrete, a field of a named tuple.
import collections
import itertools
import weakref

Pending = collections.namedtuple("Pending", ("concrete", "weak"))


class Result:
    def __init__(self, number):
        self.id = "task-%d" % number
        self.callbacks = []
        self.children = [number] * 10


class Backend:
    def __init__(self):
        self._pending = Pending({}, weakref.WeakValueDictionary())

    def add_pending_result(self, result, weak=False):
        concrete, weak_map = self._pending
        if result.id not in weak_map and result.id not in concrete:
            self._add(result.id, result, weak)

    def _add(self, task_id, result, weak=False):
        concrete, weak_map = self._pending
        (weak_map if weak else concrete)[task_id] = result  #< store


backend = Backend()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        backend.add_pending_result(Result(next(numbers)))
