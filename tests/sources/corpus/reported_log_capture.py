# After a test runner's log capture: records are kept with their tracebacks.
# Holder: LogCaptureHandler.records.
import logging


class LogCaptureHandler(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)  #< store

    def reset(self):
        self.records = []


handler = LogCaptureHandler()
logger = logging.getLogger("app")
logger.addHandler(handler)
logger.propagate = False


def handle(number):
    request = {"number": number, "body": ["part"] * 20}
    try:
        raise KeyError(request["number"])
    except KeyError:
        logger.exception("request failed")  #< also


def work(count):
    for number in range(count // 3):
        handle(number)
