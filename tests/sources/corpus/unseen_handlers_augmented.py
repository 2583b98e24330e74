# After an event bus: handlers of an event are a list, made longer by +=.
# Holder: Bus.handlers[event].
class Bus:
    def __init__(self):
        self.handlers = {}
        self.history = []

    def on(self, event, handler):
        self.handlers.setdefault(event, [])
        self.handlers[event] += [handler]  #< store

    def emit(self, event):
        for handler in self.handlers.get(event, [])[:5]:
            handler(event)


class Panel:
    def __init__(self, bus, number):
        self.rows = [number] * 20
        bus.on("resize", self.resize)  #< also

    def resize(self, event):
        return len(self.rows)


bus = Bus()


def work(count):
    for number in range(count):
        Panel(bus, number)
