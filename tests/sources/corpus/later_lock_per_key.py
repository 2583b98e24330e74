# Holder: Cache._locks, a defaultdict of locks by key, asked for in an async with.
import asyncio
import collections
import itertools


class Cache:
    def __init__(self):
        self._locks = collections.defaultdict(asyncio.Lock)
        self._values = {}

    async def get(self, key):
        async with self._locks[key]:  #< store
            self._values["last"] = key
            return key


cache = Cache()
loop = asyncio.new_event_loop()
numbers = itertools.count()


async def ask(count):
    for _ in range(count):
        await cache.get("key-%d" % next(numbers))


def work(count):
    loop.run_until_complete(ask(count))
