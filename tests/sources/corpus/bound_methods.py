# Holder: Bus.subscribers, a list of bound methods; the views live only through them.
class Bus:
    def __init__(self):
        self.subscribers = []

    def subscribe(self, call):
        self.subscribers.append(call)  #< store

    def publish(self, event):
        for call in self.subscribers:
            call(event)


class View:
    def __init__(self, bus, number):
        self.number = number
        self.pixels = [0] * 40
        bus.subscribe(self.refresh)  #< also

    def refresh(self, event):
        return event


bus = Bus()


def work(count):
    for number in range(count):
        View(bus, number)
