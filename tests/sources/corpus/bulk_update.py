# Holder: Catalogue.prices, filled in bulk.
class Catalogue:
    def __init__(self):
        self.prices = {}

    def load(self, rows):
        self.prices.update({row["name"]: row for row in rows})  #< store


catalogue = Catalogue()


def work(count):
    start = len(catalogue.prices)
    rows = [{"name": "article %d" % n, "price": n * 1.1} for n in range(start, start + count)]
    catalogue.load(rows)
