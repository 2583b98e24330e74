# Holder: Basket.items, a field made by attrs in a class with slots.
import attrs


@attrs.define
class Item:
    name: str
    options: list = attrs.field(factory=list)


@attrs.define
class Basket:
    owner: str
    items: list = attrs.field(factory=list)

    def put(self, name):
        item = Item(name, [name] * 5)
        self.items.append(item)  #< store


basket = Basket("ada")


def work(count):
    for number in range(count):
        basket.put("item %d" % number)
