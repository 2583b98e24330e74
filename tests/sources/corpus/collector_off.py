# Holder: none: cycles are garbage and the collector is off.
import gc


class Node:
    def __init__(self, number):
        self.me = self
        self.data = [number] * 40


gc.disable()  #< store


def build(number):
    return Node(number)  #< also


def work(count):
    for number in range(count):
        build(number)
