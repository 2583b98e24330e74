import itertools
import weakref


class Lease:
    def __init__(self, key, owner):
        self.key = key
        self.owner = owner
        self.notes = []


class Leases:
    """Base of what lends things out by key."""

    def __init__(self):
        self.__by_key = {}
        self.__owners = {}
        self.__numbers = itertools.count()

    def lend(self, thing, owner):
        key = "%s-%d" % (type(thing).__name__, next(self.__numbers))
        if (lease := self.__by_key.get(key)) is None:
            self.__by_key[key] = lease = Lease(key, owner)  #< store
        self.__owners[owner] = key
        weakref.finalize(thing, self._vanished, owner)  #< store
        return lease

    def give_back(self, lease):
        if self.__by_key.pop(lease.key, None) is None:
            raise LookupError(lease.key)
        self.__owners.pop(lease.owner, None)

    def _vanished(self, owner):
        self.__owners.pop(owner, None)

    @property
    def lent(self):
        return len(self.__by_key)
