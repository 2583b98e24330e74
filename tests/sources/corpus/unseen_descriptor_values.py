# After typed-attribute recipes: a descriptor keeps the values of all instances by id.
# Holder: Field.values.
class Field:
    def __init__(self, kind):
        self.kind = kind
        self.values = {}

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return self.values.get(id(instance))

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(value)
        self.values[id(instance)] = (instance, value)  #< store


class Order:
    lines = Field(list)

    def __init__(self, number):
        self.number = number
        self.lines = ["line %d" % number] * 5  #< also


def work(count):
    for number in range(count):
        Order(number)
