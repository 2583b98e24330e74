from .bus import bus


class Listening:
    """A handler whose subclasses say their topic; it is known by its class."""

    kinds = {}
    topic = ""

    def __init_subclass__(cls, topic, **arguments):
        super().__init_subclass__(**arguments)
        cls.topic = topic
        Listening.kinds[topic] = cls

    def __init__(self, request):
        self.request = request
        self.entry = None

    def listen(self):
        self.entry = bus.subscribe(self.topic, self.handle, priority=len(self.topic))

    def leave(self):
        bus.unsubscribe(self.topic, self.entry)

    def handle(self, payload):
        raise NotImplementedError


class Progress(Listening, topic="progress"):
    def handle(self, payload):
        if payload["request"] == self.request.number:
            self.request.progress = payload["value"]


class Refused(Listening, topic="refused"):
    def handle(self, payload):
        if payload["request"] == self.request.number:
            raise ValueError(payload["why"])
