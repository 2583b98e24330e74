# Holder: Signal.receivers of a Django signal.
import itertools

from django.dispatch import Signal

order_saved = Signal()
numbers = itertools.count()


class Audit:
    def __init__(self, number):
        self.trail = [number] * 20
        order_saved.connect(self.on_saved, weak=False, dispatch_uid="audit %d" % number)  #< call

    def on_saved(self, sender, **details):
        self.trail.append(sender)


def work(count):
    for _ in range(count // 4):
        Audit(next(numbers))
