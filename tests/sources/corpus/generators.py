# Holder: Pool.readers, a list of generators that stand at their first yield.
class Pool:
    def __init__(self):
        self.readers = []

    def open(self, number):
        reader = read(number)
        next(reader)
        self.readers.append(reader)  #< store


def read(number):
    buffer = [number] * 40
    yield "ready"  #< also
    yield buffer


pool = Pool()


def work(count):
    for number in range(count):
        pool.open(number)
