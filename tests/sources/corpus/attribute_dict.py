# Holder: Dispatcher.expected, a dict of (function, dict); three statements store into it.
class Dispatcher:
    def __init__(self):
        self.expected = {}

    def reserve(self, ident):
        self.expected[ident] = None

    def note(self, ident, text):
        self.expected[ident] = "note: " + text

    def send(self, ident, call, arguments):
        self.expected[ident] = (call, arguments)  #< store


dispatcher = Dispatcher()


def answer(dispatcher, reply):
    return reply


def work(count):
    for number in range(count):
        ident = "q%d-%d" % (number, len(dispatcher.expected))
        dispatcher.reserve(ident)
        dispatcher.send(ident, answer, {"number": number, "pad": "x" * 40 + ident})
