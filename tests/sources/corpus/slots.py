# Holder: Collector.samples, a slot.
class Sample:
    __slots__ = ("when", "values")

    def __init__(self, when):
        self.when = when
        self.values = [float(when)] * 10


class Collector:
    __slots__ = ("samples", "count")

    def __init__(self):
        self.samples = []
        self.count = 0

    def collect(self, when):
        self.count += 1
        self.samples.append(Sample(when))  #< store


collector = Collector()


def work(count):
    for number in range(count):
        collector.collect(number)
