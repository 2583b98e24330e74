import bisect
import dataclasses
import itertools
import typing

_order = itertools.count()


@dataclasses.dataclass(order=True, slots=True)
class Subscription:
    priority: int
    order: int
    handler: typing.Callable = dataclasses.field(compare=False)


class Bus:
    def __init__(self):
        self._by_topic = {}
        self._sent = {}
        self._errors = []

    def subscribe(self, topic, handler, priority=0):
        entry = Subscription(priority, next(_order), handler)
        if topic not in self._by_topic:
            self._by_topic[topic] = []
        bisect.insort(self._by_topic[topic], entry)  #< store
        return entry

    def unsubscribe(self, topic, entry):
        self._by_topic[topic].remove(entry)

    def send(self, topic, payload):
        self._sent[topic] = self._sent.get(topic, 0) + 1
        for entry in self._by_topic.get(topic, ()):
            try:
                entry.handler(payload)
            except ValueError as problem:
                self._errors.append(str(problem))


bus = Bus()
