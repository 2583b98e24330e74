# After caching decorators written as a class: the cache is the decorator's, keys are requests.
# Holder: memoized.cache of the decorated function.
import functools
import itertools


class memoized:
    def __init__(self, function):
        self.function = function
        self.cache = {}
        functools.update_wrapper(self, function)

    def __call__(self, *arguments):
        try:
            return self.cache[arguments]
        except KeyError:
            value = self.function(*arguments)
            self.cache[arguments] = value  #< store
            return value


@memoized
def render(page):
    return ["<p>%d</p>" % page] * 5


numbers = itertools.count()


def work(count):
    for _ in range(count):
        render(next(numbers))  #< also
