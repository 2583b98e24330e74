# Holder: Log.head, a chain of cells each holding the one before.
class Cell:
    def __init__(self, value, rest):
        self.value = value
        self.rest = rest


class Log:
    def __init__(self):
        self.head = None

    def push(self, value):
        self.head = Cell(value, self.head)  #< store


log = Log()


def work(count):
    for number in range(count):
        log.push({"number": number, "text": "entry %d" % number})
