# Holder: Deferred.callbacks of one Deferred that never fires.
from twisted.internet.defer import Deferred

started = Deferred()


class Request:
    def __init__(self, number):
        self.body = [number] * 20

    def send(self, result):
        return result

    def begin(self):
        started.addCallback(self.send)  #< call


def work(count):
    for number in range(count):
        Request(number).begin()
