# Holder: a graph of who talked to whom.
import itertools

import networkx

numbers = itertools.count()


class Chat:
    def __init__(self):
        self.contacts = networkx.Graph()

    def message(self, sender, receiver):
        self.contacts.add_edge(sender, receiver, text="hello " * 5)  #< call


chat = Chat()


def work(count):
    for _ in range(count // 10):
        number = next(numbers)
        chat.message("user-%d" % number, "user-%d" % (number + 1))
