# Holder: Model.__cache__ of a class, reached as cls.__cache__ in a classmethod and keyed by arguments.
import itertools


class Model:
    __cache__ = {}

    def __init__(self, identity):
        self.identity = identity
        self.fields = {"a": identity, "b": [identity] * 5}

    @classmethod
    def get(cls, identity):
        found = cls.__cache__.get((cls.__name__, identity))
        if found is None:
            found = cls(identity)
            cls.__cache__[cls.__name__, identity] = found  #< store
        return found


class User(Model):
    pass


numbers = itertools.count()


def work(count):
    for _ in range(count):
        User.get(next(numbers))
