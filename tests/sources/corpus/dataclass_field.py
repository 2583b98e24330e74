# Holder: Order.lines of one never-ending order, made by a dataclass field.
from dataclasses import dataclass, field


@dataclass
class Line:
    article: str
    amount: int
    notes: list = field(default_factory=list)


@dataclass
class Order:
    number: int
    lines: list = field(default_factory=list)

    def add(self, article, amount):
        self.lines.append(Line(article, amount))  #< store


order = Order(1)


def work(count):
    for number in range(count):
        order.add("article %d" % number, number)
