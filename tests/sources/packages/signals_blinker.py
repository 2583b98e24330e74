# Holder: the receivers of a blinker signal.
import blinker

ready = blinker.Signal("ready")


class Panel:
    def __init__(self, number):
        self.rows = [number] * 20
        ready.connect(self.refresh, weak=False)  #< call

    def refresh(self, sender):
        return len(self.rows)


def work(count):
    for number in range(count):
        Panel(number)
