import collections
import logging

from . import context


class ContextFilter(logging.Filter):
    """Adds the request to each record and counts what it saw."""

    def __init__(self, name=""):
        super().__init__(name)
        self.seen = {}
        self.levels = collections.Counter()
        self.last = {}

    def filter(self, record):
        request = context.current()
        record.request = request.number if request else "-"
        self.levels[record.levelname] += 1
        self.last |= {"path": request.path if request else ""}
        self.seen |= {record.request: (record.levelname, request)}  #< store
        return True


class Tail(logging.Handler):
    """Keeps the last lines for the status page."""

    def __init__(self, size):
        super().__init__()
        self.lines = collections.deque(maxlen=size)

    def emit(self, record):
        self.lines.append(self.format(record))


def configure():
    logger = logging.getLogger("service")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    handler = Tail(100)
    handler.setFormatter(logging.Formatter("%(request)s %(message)s"))
    handler.addFilter(ContextFilter())
    logger.addHandler(handler)
