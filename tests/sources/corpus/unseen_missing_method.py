# After caches that fill themselves: __missing__ of a dict subclass makes and keeps the value.
# Holder: Resolver.names.
import itertools


class NameCache(dict):
    def __missing__(self, address):
        value = self[address] = self.resolve(address)  #< store
        return value

    def resolve(self, address):
        return ["host", address.replace(".", "-")]


class Resolver:
    def __init__(self):
        self.names = NameCache()

    def lookup(self, address):
        return self.names[address]


resolver = Resolver()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        number = next(numbers)
        resolver.lookup("10.%d.%d.1" % (number // 250, number % 250))
