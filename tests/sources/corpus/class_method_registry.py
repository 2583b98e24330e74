# Holder: Model._by_key, reached through cls in a class method of the base.
class Base:
    _by_key = {}

    def __init__(self, key):
        self.key = key
        self.fields = {"key": key, "dirty": False}

    @classmethod
    def get(cls, key):
        found = cls._by_key.get(key)
        if found is None:
            found = cls._by_key[key] = cls(key)  #< store
        return found


class Model(Base):
    pass


def work(count):
    start = len(Base._by_key)
    for number in range(start, start + count):
        Model.get("key-%d" % number)
