# After many scripts: each job adds a handler to the same logger, none removes it.
# Holder: the logger's handlers.
import io
import logging


class Job:
    def __init__(self, number):
        self.output = io.StringIO()
        self.number = number

    def run(self):
        logger = logging.getLogger("jobs")
        logger.propagate = False
        handler = logging.StreamHandler(self.output)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)  #< store
        return self.number


def work(count):
    for number in range(count // 10):
        Job(number).run()
