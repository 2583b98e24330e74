# Holder: Signal.receivers of a celery signal.
from celery.signals import task_success


class Meter:
    def __init__(self, number):
        self.samples = [number] * 20
        task_success.connect(self.count, weak=False)  #< call

    def count(self, sender, **details):
        self.samples.append(sender)


def work(count):
    for number in range(count // 10):
        Meter(number)
