# Holder: Timers._queue, a heap of tuples; cancelled ones stay.
import heapq
import itertools


class Job:
    def __init__(self, number):
        self.arguments = [number] * 10
        self.cancelled = False


class Timers:
    def __init__(self):
        self._queue = []
        self._counter = itertools.count()

    def schedule(self, when, job):
        entry = (when, next(self._counter), job)
        heapq.heappush(self._queue, entry)  #< store
        return entry

    def cancel(self, entry):
        entry[2].cancelled = True


timers = Timers()


def work(count):
    for number in range(count):
        timers.cancel(timers.schedule(1000.0 + number, Job(number)))
