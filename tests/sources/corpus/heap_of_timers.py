# Holder: Timers.pending, a list kept as a heap; cancelled timers stay in it.
import heapq


class Timer:
    def __init__(self, when, call):
        self.when = when
        self.call = call
        self.arguments = [when] * 20

    def __lt__(self, other):
        return self.when < other.when


class Timers:
    def __init__(self):
        self.pending = []

    def after(self, when, call):
        timer = Timer(when, call)
        heapq.heappush(self.pending, timer)  #< store
        return timer


timers = Timers()


def work(count):
    for number in range(count):
        timers.after(number, print)
