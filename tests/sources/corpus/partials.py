# Holder: Loop.ready, a list of functools.partial that keep their arguments.
from functools import partial


def deliver(message):
    return message


class Loop:
    def __init__(self):
        self.ready = []
        self.stopped = False

    def call_soon(self, function, message):
        self.ready.append(partial(function, message))  #< store


loop = Loop()


def work(count):
    for number in range(count):
        loop.call_soon(deliver, {"number": number, "text": "message %d" % number})
