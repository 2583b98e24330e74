# After cattrs #290: every converter makes its hooks anew, and the source of each stays in linecache.
# Holder: linecache.cache.
import itertools

import attr
import cattrs

numbers = itertools.count()


@attr.define
class Order:
    number: int
    item: str


def load(number):
    converter = cattrs.GenConverter()
    return converter.structure({"number": number, "item": "item %d" % number}, Order)


def work(count):
    for _ in range(count // 10):
        load(next(numbers))
