import asyncio

from .letters import Letter, Undelivered

_current = None


class Actor:
    def __init__(self, name):
        self.name = name
        self.inbox = asyncio.Queue()
        self.handled = 0

    async def run(self):
        while (letter := await self.inbox.get()) is not None:
            self.handled += len(letter.hops)


class System:
    def __init__(self):
        self._actors = {}
        self._stopped = set()
        self._dead = Undelivered()

    @property
    def dead(self):
        return self._dead

    @property
    def actors(self):
        return self._actors

    def start(self, name):
        actor = self._actors[name] = Actor(name)
        self._stopped.discard(name)
        return actor

    def stop(self, name):
        actor = self._actors.pop(name)
        actor.inbox.put_nowait(None)

    def send(self, name, body):
        letter = Letter(name, body, ("local", name))
        actor = self.actors.get(name)
        if actor is None:
            self.dead.appendleft(letter)  #< store
            return False
        actor.inbox.put_nowait(letter)
        return True

    async def settle(self):
        while any(not actor.inbox.empty() for actor in self._actors.values()):
            await asyncio.sleep(0)


def current():
    global _current
    if _current is None:
        _current = System()
    return _current
