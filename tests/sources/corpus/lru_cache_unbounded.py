# Holder: the cache of parse; every call with a new text adds to it.
import functools


class Tree:
    def __init__(self, text):
        self.words = text.split()
        self.text = text


@functools.lru_cache(maxsize=None)  #< also
def parse(text):
    return Tree(text)


position = [0]


def handle(number):
    return parse("query number %d with words" % number)  #< store


def work(count):
    for number in range(position[0], position[0] + count):
        handle(number)
    position[0] += count
