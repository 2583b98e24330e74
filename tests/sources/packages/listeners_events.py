# Holder: an event's targets; each session subscribes with += and never with -=.
import itertools

from events import Events


class Feed(Events):
    __events__ = ("on_price", "on_closed")

    def __init__(self):
        super().__init__()
        self.last = {}

    def price(self, symbol, value):
        self.last[symbol] = value


class Session:
    def __init__(self, feed, number):
        self.number = number
        self.prices = [number] * 10
        self.feed = feed

    def start(self):
        self.feed.on_closed += self.stop  #< call

    def stop(self):
        self.prices.clear()


feed = Feed()
numbers = itertools.count()


def work(count):
    for number in itertools.islice(numbers, count):
        Session(feed, number).start()
        feed.price("A%d" % (number % 5), number)
