# Holder: a WeakKeyDictionary whose values keep their own keys.
import weakref


class Widget:
    def __init__(self, number):
        self.points = [number] * 30


class Styles:
    def __init__(self):
        self.by_widget = weakref.WeakKeyDictionary()

    def set(self, widget, name):
        self.by_widget[widget] = {"widget": widget, "name": name}  #< store


styles = Styles()


def work(count):
    for number in range(count):
        styles.set(Widget(number), "style %d" % number)
