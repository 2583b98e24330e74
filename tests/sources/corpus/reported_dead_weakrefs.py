# After an observer list: references are weak, but the list of them is never pruned.
# Holder: Subject._observers.
import weakref


class Observer:
    def __init__(self, name):
        self.name = name

    def update(self, value):
        return (self.name, value)


class Subject:
    def __init__(self):
        self._observers = []

    def attach(self, observer):
        self._observers.append(weakref.ref(observer))  #< store

    def notify(self, value):
        for reference in self._observers[:10]:
            observer = reference()
            if observer is not None:
                observer.update(value)


subject = Subject()


def work(count):
    for number in range(count):
        subject.attach(Observer("observer %d" % number))
    subject.notify(count)
