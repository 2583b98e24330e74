# Holder: LogCapture.entries, left configured in production.
import structlog
from structlog.testing import LogCapture

structlog.configure(processors=[LogCapture()])
log = structlog.get_logger()


def handle(number):
    log.info("request", number=number, path="/orders/%d" % number)


def work(count):
    for number in range(count // 4):
        handle(number)
