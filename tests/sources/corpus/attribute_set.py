# Holder: Deduplicator.seen, a set of tuples.
class Deduplicator:
    def __init__(self):
        self.seen = set()

    def check(self, source, number):
        key = (source, "message-%d" % number, number * 1.5)
        if key in self.seen:
            return False
        self.seen.add(key)  #< store
        return True


checker = Deduplicator()


def work(count):
    start = len(checker.seen)
    for number in range(count):
        checker.check("host", start + number)
