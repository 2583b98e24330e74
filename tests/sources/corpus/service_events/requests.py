from .bus import bus
from .handlers import Listening


class Request:
    def __init__(self, number):
        self.number = number
        self.progress = 0
        self.body = ["part"] * 20


def serve(number):
    request = Request(number)
    handlers = {topic: kind(request) for topic, kind in Listening.kinds.items()}
    for handler in handlers.values():
        handler.listen()
    if number % 400 == 0:
        bus.send("progress", {"request": number, "value": 50})
    handlers["refused"].leave()
    return request
