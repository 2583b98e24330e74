# Holder: linecache.cache, where attrs puts the text of the methods that it makes for each class.
import itertools

import attr

numbers = itertools.count()


def make_row_type(columns):
    return attr.make_class("Row", columns)


def work(count):
    for _ in range(count // 60):
        make_row_type(["a%d" % next(numbers), "b", "c"])
