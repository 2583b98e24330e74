# After a web framework's session store: locks are released, but their entries stay.
# Holder: RamSession.locks, a dict of the class filled through an instance.
import itertools
import threading


class RamSession:
    cache = {}
    locks = {}

    def __init__(self, number):
        self.id = "session-%08d" % number
        self.locked = False

    def acquire_lock(self):
        self.locked = True
        self.locks.setdefault(self.id, threading.RLock()).acquire()  #< store

    def release_lock(self):
        self.locks[self.id].release()
        self.locked = False

    def save(self):
        self.cache["last"] = self.id


numbers = itertools.count()


def work(count):
    for _ in range(count):
        session = RamSession(next(numbers))
        session.acquire_lock()
        session.save()
        session.release_lock()
