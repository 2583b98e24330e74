# Holder: a dict given to cachetools as a cache, which bounds nothing.
import itertools

import cachetools

CACHE = {}
numbers = itertools.count()


@cachetools.cached(CACHE)
def render(page):
    return ["<p>%d</p>" % page] * 5


def work(count):
    for _ in range(count // 4):
        render(next(numbers))
