# Holder: the listeners of an event emitter.
from pyee.base import EventEmitter

emitter = EventEmitter()


class Session:
    def __init__(self, number):
        self.cart = [number] * 20
        emitter.on("price", self.reprice)  #< call

    def reprice(self, price):
        return price, self.cart


def work(count):
    for number in range(count // 4):
        Session(number)
