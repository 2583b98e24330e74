# Holder: Scheduler.jobs, a dict of lambdas that each keep a payload.
class Scheduler:
    def __init__(self):
        self.jobs = {}

    def later(self, name, payload):
        self.jobs[name] = lambda: self.run(payload)  #< store

    def run(self, payload):
        return len(payload)


scheduler = Scheduler()


def work(count):
    for number in range(count):
        name = "job %d" % len(scheduler.jobs)
        scheduler.later(name, [number] * 40)
