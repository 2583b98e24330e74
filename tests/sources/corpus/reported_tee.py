# After a pipeline that splits a stream and reads one half only: the other half keeps all items.
# Holder: itertools.tee's chain of blocks, objects of C.
import itertools


class Item:
    def __init__(self, number):
        self.values = [number] * 10


class Pipeline:
    def __init__(self, source):
        self.main, self.audit = itertools.tee(source)  #< store

    def advance(self, count):
        for _ in range(count):
            next(self.main)


pipeline = Pipeline(Item(number) for number in itertools.count())


def work(count):
    pipeline.advance(count)
