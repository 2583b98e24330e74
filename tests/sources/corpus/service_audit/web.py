import logging

from . import context

logger = logging.getLogger("service.web")


def handle(path):
    request, token = context.enter(path)
    try:
        logger.debug("began")
        logging.getLogger("service").info("served %s", path)
        return {"status": 200, "number": request.number}
    finally:
        context.leave(token)
