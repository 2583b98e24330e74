# Holder: the interpreter's own list of atexit callbacks.
import atexit


class Connection:
    def __init__(self, number):
        self.buffer = [number] * 40

    def close(self):
        self.buffer.clear()


def connect(number):
    connection = Connection(number)
    atexit.register(connection.close)  #< store
    return connection


def work(count):
    for number in range(count):
        connect(number)
