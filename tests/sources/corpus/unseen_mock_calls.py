# After services that run with a mock in place of a transport: a mock remembers every call.
# Holder: the mock's call lists.
import unittest.mock


class Service:
    def __init__(self, transport):
        self.transport = transport

    def send(self, number):
        self.transport.write({"number": number, "parts": [number] * 10})  #< store


service = Service(unittest.mock.Mock())


def work(count):
    for number in range(count):
        service.send(number)
