# Holder: Monitor.samples, passed to a function that appends.
class Sample:
    def __init__(self, number):
        self.values = [number] * 20


def push(samples, sample):
    samples.append(sample)  #< also


class Monitor:
    def __init__(self):
        self.samples = []

    def tick(self, number):
        push(self.samples, Sample(number))  #< store


monitor = Monitor()


def work(count):
    for number in range(count):
        monitor.tick(number)
