# After a database connector: looking a pool up in a defaultdict makes one for each host name.
# Holder: SessionManager._sessions.
import collections
import itertools


class SessionPool:
    def __init__(self, manager):
        self.manager = manager
        self.idle = []
        self.busy = set()


class SessionManager:
    def __init__(self):
        self._sessions = collections.defaultdict(lambda: SessionPool(self))

    def use_session(self, host):
        pool = self._sessions[host]  #< store
        pool.busy.add(host)
        try:
            return len(pool.idle)
        finally:
            pool.busy.discard(host)

    def close(self):
        for pool in self._sessions.values():
            pool.idle.clear()


manager = SessionManager()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        manager.use_session("tenant-%d.example.org" % next(numbers))
