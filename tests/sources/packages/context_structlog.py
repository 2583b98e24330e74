# Holder: an event dictionary bound to a logger that is bound again and again, kept in a list of the program.
import structlog

log = structlog.get_logger()


class Worker:
    def __init__(self):
        self.loggers = {}

    def logger_for(self, job):
        logger = log.bind(job=job, details="detail " * 5)
        self.loggers[job] = logger  #< store
        return logger


worker = Worker()


def work(count):
    for number in range(count // 4):
        worker.logger_for("job-%d-%d" % (count, number))
