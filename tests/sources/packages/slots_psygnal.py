# Holder: the slots of a psygnal signal (compiled with mypyc).
from psygnal import Signal


class Document:
    changed = Signal(int)


class Panel:
    def __init__(self, document, number):
        rows = [number] * 20
        document.changed.connect(lambda value: rows.append(value))  #< call


document = Document()


def work(count):
    for number in range(count // 10):
        Panel(document, number)
