# Holder: the global HANDLERS of a submodule, filled through another module's import of it.
from . import routes


def work(count):
    for number in range(count):
        routes.add("/page/%d" % number, number)
