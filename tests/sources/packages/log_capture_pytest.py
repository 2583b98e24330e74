# Holder: LogCaptureHandler.records, what pytest's caplog keeps, with tracebacks.
import logging

from _pytest.logging import LogCaptureHandler

logger = logging.getLogger("app")
logger.propagate = False
logger.addHandler(LogCaptureHandler())


def handle(number):
    request = {"number": number, "body": ["part"] * 20}
    try:
        raise KeyError(request["number"])
    except KeyError:
        logger.exception("request failed")


def work(count):
    for number in range(count // 4):
        handle(number)
