# A data loader meant for one request that lives as long as the server: it remembers what it loaded.
# Holder: DataLoader._cache.
import asyncio
import itertools

from aiodataloader import DataLoader

numbers = itertools.count()


class Users(DataLoader):
    async def batch_load_fn(self, keys):
        return [{"name": "user %d" % key, "tags": [key]} for key in keys]


def main(pause):
    async def body():
        users = Users()
        for count in (2000, 1000):
            for _ in range(count):
                await users.load(next(numbers))  #< call
            pause()

    asyncio.run(body())
