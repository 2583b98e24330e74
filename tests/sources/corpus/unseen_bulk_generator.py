# After a synchroniser: every run adds all rows it has read, by a generator in one call.
# Holder: Mirror.rows.
import itertools


class Row:
    def __init__(self, number):
        self.key = number
        self.cells = ["cell"] * 8


class Mirror:
    def __init__(self):
        self.rows = dict()
        self.runs = 0

    def synchronise(self, batch):
        self.runs += 1
        self.rows.update((row.key, row) for row in batch)  #< store


mirror = Mirror()
numbers = itertools.count()


def work(count):
    for _ in range(count // 100):
        mirror.synchronise([Row(next(numbers)) for _ in range(100)])
