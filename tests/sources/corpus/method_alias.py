# Holder: Trace.spans, filled through a local alias of its append.
class Span:
    def __init__(self, number):
        self.tags = {"number": number, "name": "span %d" % number}


class Trace:
    def __init__(self):
        self.spans = []

    def record(self, count):
        add = self.spans.append
        for number in range(count):
            add(Span(number))  #< store


trace = Trace()


def work(count):
    trace.record(count)
