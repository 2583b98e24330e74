# Holder: Component.instances, filled by the base's constructor for every subclass.
class Component:
    instances = {}

    def __init__(self):
        Component.instances[id(self)] = self  #< store


class Label(Component):
    def __init__(self, text):
        super().__init__()  #< also
        self.text = text
        self.style = [text] * 5


def work(count):
    for number in range(count):
        Label("label %d" % number)
