# Holder: Shape.instances, a list in the class body; every instance registers itself.
class Shape:
    instances = []

    def __init__(self, size):
        self.size = size
        self.points = [(size, size)] * 5
        Shape.instances.append(self)  #< store


def work(count):
    for number in range(count):
        Shape(number)
