# After a server: each connection schedules a time-out in an hour and never cancels it.
# Holder: the event loop's heap of scheduled calls.
import asyncio


class Connection:
    def __init__(self, loop, number):
        self.buffer = bytearray(200)
        self.number = number
        self.timeout = loop.call_later(3600, self.close)  #< store

    def close(self):
        self.buffer.clear()


loop = asyncio.new_event_loop()


async def accept(count):
    for number in range(count):
        Connection(asyncio.get_running_loop(), number)


def work(count):
    loop.run_until_complete(accept(count))
