# Holder: zope.event.subscribers, a list of the module.
import zope.event


class Indexer:
    def __init__(self, number):
        self.index = [number] * 20
        zope.event.subscribers.append(self.update)  #< store

    def update(self, event):
        return self.index


def work(count):
    for number in range(count // 4):
        Indexer(number)
