# After a service with one exit stack for its whole life: each connection is entered, none is closed.
# Holder: the ExitStack's deque of callbacks.
import contextlib


class Connection:
    def __init__(self, number):
        self.buffer = [number] * 20

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.buffer.clear()


class Service:
    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.handled = 0

    def handle(self, number):
        connection = self.stack.enter_context(Connection(number))  #< store
        self.handled += len(connection.buffer)


service = Service()


def work(count):
    for number in range(count):
        service.handle(number)
