# Holder: loguru's table of handlers; each job adds one.
import io

from loguru import logger

logger.remove()


class Job:
    def __init__(self, number):
        self.output = io.StringIO()
        logger.add(self.output, level="ERROR")  #< call
        self.number = number


def work(count):
    for number in range(count // 30):
        Job(number)
