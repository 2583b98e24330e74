# After sympy #24581: each Function("f") makes a class, and the metaclass keeps every class.
# Holder: sympy.core.core.all_classes.
import itertools

import sympy

numbers = itertools.count()


def solve(number):
    f = sympy.Function("f%d" % number)
    return f(sympy.Symbol("x"))


def work(count):
    for _ in range(count // 10):
        solve(next(numbers))
