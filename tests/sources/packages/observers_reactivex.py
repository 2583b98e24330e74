# Holder: Subject.observers.
from reactivex.subject import Subject

prices = Subject()


class Chart:
    def __init__(self, number):
        self.points = [number] * 20
        prices.subscribe(self.draw)  #< call

    def draw(self, price):
        self.points.append(price)


def work(count):
    for number in range(count // 10):
        Chart(number)
