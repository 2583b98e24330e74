# Holder: the private cache of an alru_cache without bound.
import asyncio
import itertools

from async_lru import alru_cache

numbers = itertools.count()


@alru_cache(maxsize=None)
async def profile(user):
    return ["profile %d" % user] * 5


def main(pause):
    async def body():
        for count in (600, 300):
            for _ in range(count):
                await profile(next(numbers))  #< call
            pause()

    asyncio.run(body())
