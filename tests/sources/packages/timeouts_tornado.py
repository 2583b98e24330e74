# Holder: the event loop's heap, filled through tornado's loop.
import asyncio

from tornado.ioloop import IOLoop

asyncio.set_event_loop(asyncio.new_event_loop())
loop = IOLoop.current()


class Connection:
    def __init__(self, number):
        self.buffer = bytearray(200)
        loop.call_later(3600, self.timed_out)  #< call

    def timed_out(self):
        self.buffer.clear()


def work(count):
    for number in range(count // 4):
        Connection(number)
