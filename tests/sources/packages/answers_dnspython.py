# Holder: the data of a resolver cache that is asked for ever new names.
import itertools

import dns.name
import dns.resolver

cache = dns.resolver.Cache(cleaning_interval=1e9)
numbers = itertools.count()


class Answer:
    def __init__(self, name):
        self.expiration = 1e12
        self.rrset = [name] * 20


def resolve(number):
    name = dns.name.from_text("host%d.example." % number)
    key = (name, 1, 1)
    cache.put(key, Answer(name))  #< call


def work(count):
    for _ in range(count // 10):
        resolve(next(numbers))
