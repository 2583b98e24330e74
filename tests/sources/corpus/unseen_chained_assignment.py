# After a template cache: look-up and store in one breath, by := and a chained assignment.
# Holder: Environment.cache.
import itertools


class Template:
    def __init__(self, source):
        self.nodes = [source] * 8


class Environment:
    def __init__(self):
        self.cache = {}
        self.globals = {"range": range}

    def from_string(self, source):
        if (template := self.cache.get(source)) is None:
            template = self.cache[source] = Template(source)  #< store
        return template


environment = Environment()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        environment.from_string("Hello %d" % next(numbers))
