# After a data model: an index made on first use as a cached property, then filled for ever.
# Holder: Model.index.
import functools
import itertools


class Row:
    def __init__(self, number):
        self.cells = [number] * 8


class Model:
    @functools.cached_property
    def index(self):
        return {}

    def add(self, number):
        row = Row(number)
        self.index[number] = row  #< store
        return row


model = Model()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        model.add(next(numbers))
