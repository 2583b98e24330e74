# Holder: Cart._items, changed through a property that hands it out.
class Item:
    def __init__(self, name):
        self.name = name
        self.tags = {"name": name}


class Cart:
    def __init__(self):
        self._items = []

    @property
    def items(self):
        return self._items

    def put(self, name):
        self.items.append(Item(name))  #< store


cart = Cart()


def work(count):
    for number in range(count):
        cart.put("thing %d" % number)
