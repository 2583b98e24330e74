# Holder: weakref.finalize's registry: the callback's arguments keep their own object alive.
import weakref


class Handle:
    def __init__(self, number):
        self.number = number
        self.buffer = [number] * 40

    def close(self):
        self.buffer.clear()


def open_handle(number):
    handle = Handle(number)
    weakref.finalize(handle, handle.close)  #< store
    return handle


def work(count):
    for number in range(count):
        open_handle(number)
