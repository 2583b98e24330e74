# Holder: Signal._receivers, nested by sender and never disconnected.
class Signal:
    def __init__(self):
        self._receivers = {}

    def connect(self, sender, receiver):
        self._receivers.setdefault(sender, []).append(receiver)  #< store

    def send(self, sender):
        for receiver in self._receivers.get(sender, ()):
            receiver(sender)


saved = Signal()


class Listener:
    def __init__(self, number):
        self.state = {"number": number, "name": "listener %d" % number}
        saved.connect("document", self.on_saved)  #< also

    def on_saved(self, sender):
        return sender


def work(count):
    for number in range(count):
        Listener(number)
