# Holder: Job.meta, by update() with keywords.
import itertools

numbers = itertools.count()


class Job:
    def __init__(self):
        self.meta = {}

    def progress(self, number, state):
        self.meta.update(**{"step-%d" % number: state})  #< store


job = Job()


def work(count):
    for _ in range(count):
        job.progress(next(numbers), ["running"] * 5)
