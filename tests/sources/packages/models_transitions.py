# Holder: Machine.models of a shared state machine.
from transitions import Machine

machine = Machine(model=None, states=["new", "paid"], initial="new")


class Order:
    def __init__(self, number):
        self.items = [number] * 20


def place(number):
    order = Order(number)
    machine.add_model(order)  #< call
    return order


def work(count):
    for number in range(count // 30):
        place(number)
