# Holder: pydispatch's table of connections.
from pydispatch import dispatcher


class Robot:
    def __init__(self, number):
        self.state = [number] * 20
        dispatcher.connect(self.stop, signal="stop", sender=dispatcher.Any, weak=False)  #< call

    def stop(self):
        self.state.clear()


def work(count):
    for number in range(count // 4):
        Robot(number)
