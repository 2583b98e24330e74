# After an LDAP client: a history of exceptions, each with the frames of its traceback.
# Holder: RestartableStrategy.exception_history.
import sys
import time


class RestartableStrategy:
    def __init__(self):
        self.exception_history = []
        self.restarting = False

    def _add_exception_to_history(self, exc_type, value, tb):
        if not self.restarting:
            self.exception_history.append((time.time(), exc_type, value))  #< store

    def open(self, address):
        try:
            self._connect(address)
        except OSError:
            self._add_exception_to_history(*sys.exc_info())

    def _connect(self, address):
        candidate = {"address": address, "options": list(range(20))}
        raise OSError("cannot reach %s" % candidate["address"])


strategy = RestartableStrategy()


def work(count):
    for number in range(count):
        strategy.open("10.0.%d.%d" % (number // 250, number % 250))
