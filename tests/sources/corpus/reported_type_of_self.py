# After an object pool: instances are counted in a list of their class, which type(self) reaches.
# Holder: Widget.alive.
class Widget:
    alive = []

    def __init__(self, number):
        self.style = {"number": number, "border": 1}
        type(self).alive.append(self)  #< store


class Button(Widget):
    pass


def work(count):
    for number in range(count):
        Button(number)
