# Holder: the observers of one traitlets object.
from traitlets import HasTraits, Int


class Model(HasTraits):
    value = Int()


class View:
    def __init__(self, model, number):
        self.rows = [number] * 20
        model.observe(self.changed, names="value")  #< call

    def changed(self, change):
        return self.rows


model = Model()


def work(count):
    for number in range(count // 10):
        View(model, number)
