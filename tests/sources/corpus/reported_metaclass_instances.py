# After "singleton per arguments" recipes: a metaclass keeps every instance by its arguments.
# Holder: Flyweight._instances.
import itertools


class Flyweight(type):
    _instances = {}

    def __call__(cls, *arguments, **keywords):
        key = (cls, arguments, frozenset(keywords.items()))
        if key not in cls._instances:
            cls._instances[key] = super().__call__(*arguments, **keywords)  #< store
        return cls._instances[key]


class Price(metaclass=Flyweight):
    def __init__(self, amount, currency="EUR"):
        self.amount = amount
        self.currency = currency
        self.history = [amount]


numbers = itertools.count()


def work(count):
    for _ in range(count):
        Price(next(numbers), currency="CHF")
