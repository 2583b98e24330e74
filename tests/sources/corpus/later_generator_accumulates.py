# Holder: the list in a generator that is sent items for ever.
class Event:
    def __init__(self, number):
        self.values = [number] * 10


def collector():
    seen = []
    while True:
        event = yield len(seen)  #< also
        if event is not None:
            seen.append(event)  #< store


sink = collector()
next(sink)


def work(count):
    for number in range(count):
        sink.send(Event(number))
