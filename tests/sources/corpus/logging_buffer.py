# Holder: the buffer of a logging.handlers.MemoryHandler that never flushes.
import logging
import logging.handlers

memory = logging.handlers.MemoryHandler(10**9, flushLevel=100)
log = logging.getLogger("corpus")
log.propagate = False
log.setLevel(logging.DEBUG)
log.addHandler(memory)


class Payload:
    def __init__(self, number):
        self.data = [number] * 20


def handle(number):
    log.info("handled %s", Payload(number))  #< store


def work(count):
    for number in range(count):
        handle(number)
