# Holder: the cookies of an aiohttp cookie jar, one host each.
import asyncio
import itertools

from aiohttp import CookieJar
from yarl import URL

numbers = itertools.count()


async def crawl(jar, count):
    for _ in range(count):
        host = "http://host%d.example/" % next(numbers)
        jar.update_cookies({"session": "x" * 30}, URL(host))  #< call


def main(pause):
    async def body():
        jar = CookieJar()
        for count in (300, 150):
            await crawl(jar, count)
            pause()

    asyncio.run(body())
