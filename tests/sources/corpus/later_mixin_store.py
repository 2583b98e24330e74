# Holder: View._undo, made by one class of the hierarchy and filled by a mixin.
class UndoMixin:
    def remember(self, change):
        self._undo.append(change)  #< store


class Base:
    def __init__(self):
        self._undo = []
        self._redo = []


class View(UndoMixin, Base):
    def type_text(self, number):
        self.remember(Change(number))  #< also


class Change:
    def __init__(self, number):
        self.before = ["text"] * 5
        self.after = number


view = View()


def work(count):
    for number in range(count):
        view.type_text(number)
