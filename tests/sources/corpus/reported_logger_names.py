# After many servers: a logger of its own for each connection; the logging module never forgets one.
# Holder: logging.Manager.loggerDict.
import itertools
import logging


class Connection:
    def __init__(self, number):
        self.number = number
        self.log = logging.getLogger("server.connection.%d" % number)  #< store

    def close(self):
        self.log.debug("closed %d", self.number)


numbers = itertools.count()
log = logging.getLogger(__name__)


def work(count):
    log.debug("work")
    for _ in range(count):
        Connection(next(numbers)).close()
