# After calmjs.parse #45: an lru_cache without bound on a method keeps every printer's dispatcher.
# Holder: the cache of Dispatcher.optimize_definition.
import itertools

from calmjs.parse import es5
from calmjs.parse.unparsers.es5 import pretty_print

numbers = itertools.count()
program = es5("var x = 1;")


def show(number):
    return pretty_print(program, "  " * (number % 3))


def work(count):
    for _ in range(count // 15):
        show(next(numbers))
