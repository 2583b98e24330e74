# Holder: Client._responses; answers that come after the time-out are stored and never asked for.
import asyncio
import itertools


class Client:
    def __init__(self):
        self._responses = {}
        self._waiters = {}

    def on_message(self, message):
        waiter = self._waiters.pop(message["id"], None)
        if waiter is not None and not waiter.done():
            waiter.set_result(message)
        else:
            self._responses[message["id"]] = message  #< store

    async def call(self, number):
        self._waiters[number] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(self._waiters[number], 0)
        except asyncio.TimeoutError:
            self._waiters.pop(number, None)


client = Client()
loop = asyncio.new_event_loop()
numbers = itertools.count()


async def run(count):
    for _ in range(count):
        number = next(numbers)
        await client.call(number)
        client.on_message({"id": number, "body": ["answer"] * 10})


def work(count):
    loop.run_until_complete(run(count))
