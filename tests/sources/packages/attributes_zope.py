# Holder: the subscribers of a zope.interface registry.
from zope.interface import Interface
from zope.interface.registry import Components

site = Components("site")


class ISaved(Interface):
    pass


class Indexer:
    def __init__(self, number):
        self.index = [number] * 20
        site.registerHandler(self.update, [ISaved])  #< call

    def update(self, event):
        return self.index


def work(count):
    for number in range(count // 10):
        Indexer(number)
