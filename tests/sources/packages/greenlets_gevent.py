# Holder: gevent Group.greenlets.
import gevent
import gevent.event
from gevent.pool import Group

group = Group()
never = gevent.event.Event()


class Connection:
    def __init__(self, number):
        self.buffer = [number] * 20

    def serve(self):
        never.wait()
        self.buffer.clear()


def work(count):
    for number in range(count // 10):
        group.spawn(Connection(number).serve)  #< call
    gevent.sleep(0)
