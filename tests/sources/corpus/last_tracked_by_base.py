# Holder: Tracker.seen, filled by a mixin's method with super().
class Base:
    def handle(self, item):
        return item


class TrackMixin:
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = []

    def handle(self, item):
        result = super().handle(item)
        self.seen += [result]  #< store
        return result


class Handler(TrackMixin, Base):
    pass


class Item:
    def __init__(self, number):
        self.parts = [number] * 10


handler = Handler()


def work(count):
    for number in range(count):
        handler.handle(Item(number))
