# Holder: the dict captured by a memoised function of toolz.
import itertools

from toolz import memoize

numbers = itertools.count()


@memoize
def report(day):
    return ["row %d" % day] * 5


def work(count):
    for _ in range(count):
        report(next(numbers))  #< call
