# After a plotting library: figures stay in a class's table until somebody closes them.
# Holder: Gcf.figs.
import collections
import itertools


class Gcf:
    figs = collections.OrderedDict()

    @classmethod
    def set_active(cls, manager):
        cls.figs[manager.num] = manager  #< store
        cls.figs.move_to_end(manager.num)

    @classmethod
    def destroy(cls, num):
        cls.figs.pop(num)


class Figure:
    def __init__(self):
        self.axes = [[0.0] * 10]


class FigureManager:
    def __init__(self, num, figure):
        self.num = num
        self.figure = figure


numbers = itertools.count()


def figure():
    manager = FigureManager(next(numbers), Figure())
    Gcf.set_active(manager)  #< also
    return manager.figure


def work(count):
    for _ in range(count):
        figure().axes.append([1.0])
