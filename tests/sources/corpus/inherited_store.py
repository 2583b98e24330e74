# Holder: an attribute that the base class defines and fills.
class Component:
    def __init__(self):
        self.children = []

    def add(self, child):
        child.parent = self
        self.children.append(child)  #< store


class Panel(Component):
    pass


class Label(Component):
    def __init__(self, text):
        super().__init__()
        self.text = text
        self.style = {"text": text}


panel = Panel()


def work(count):
    for number in range(count):
        panel.add(Label("label %d" % number))
