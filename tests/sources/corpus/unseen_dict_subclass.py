# After many registries: the class is a dict itself, its methods say self[key].
# Holder: registry.
import itertools


class Registry(dict):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def register(self, key, value):
        if key in self:
            raise KeyError(key)
        self[key] = value  #< store
        return value


class Handler:
    def __init__(self, number):
        self.options = ["option"] * 10
        self.number = number


registry = Registry("handlers")
numbers = itertools.count()


def work(count):
    for _ in range(count):
        number = next(numbers)
        registry.register("handler.%d" % number, Handler(number))  #< also
