# Holder: ContextFilter.seen, joined with |= for every record that passes the filter.
import itertools

from . import logs, web

logs.configure()
numbers = itertools.count()


def work(count):
    for number in itertools.islice(numbers, count // 2):
        web.handle("/orders/%d" % number)
