# After a small database: a shelf with writeback keeps every entry it has ever touched.
# Holder: Shelf.cache.
import itertools
import shelve


class Store:
    def __init__(self):
        self.db = shelve.Shelf({}, writeback=True)

    def visit(self, user):
        self.db[user] = {"visits": 1, "pages": ["/index"] * 10}  #< store


store = Store()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        store.visit("user %d" % next(numbers))
