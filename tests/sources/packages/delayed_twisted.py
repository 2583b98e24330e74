# Holder: the reactor's list of delayed calls.
from twisted.internet.task import Clock

reactor = Clock()


class Connection:
    def __init__(self, number):
        self.buffer = bytearray(300)
        self.number = number

    def opened(self):
        self.timeout = reactor.callLater(3600, self.expire)  #< call

    def expire(self):
        self.buffer.clear()


def work(count):
    for number in range(count // 4):
        Connection(number).opened()
