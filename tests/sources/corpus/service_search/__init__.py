# Holder: Postings, a dict with __missing__; a comprehension fills it only for what it does on the way.
import itertools

from . import crawl

numbers = itertools.count()


def work(count):
    for number in itertools.islice(numbers, count // 3):
        crawl.visit("/page/%d" % number, number)
