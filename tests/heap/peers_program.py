"""A program with a heap of many shapes, which answers what guppy3 and objgraph say of it.

    python peers_program.py

Prints ready; the test takes its snapshot then, before the peers make objects of their own. Any line on
standard input asks for their answers, as one JSON value."""
import collections
import gc
import json
import sys

import objgraph
from guppy import hpy


class Node:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent
        self.kids = []
        self.attrs = {}
        if parent is not None:
            parent.kids.append(self)


class Iq(Node):
    def __init__(self, number):
        Node.__init__(self, "iq %d" % number)
        self.attrs["id"] = "id %d" % number
        for kid in range(3):
            Node("kid %d of %d" % (kid, number), self)


class Slim:
    __slots__ = ("first", "second")

    def __init__(self, first, second):
        self.first, self.second = first, second


class Table(dict):
    pass


class Link:
    def __init__(self, after):
        self.after = after


def callback(stanza):
    def reply(answer):
        return stanza, answer
    return reply


class Application:
    def __init__(self):
        self.expected = {number: (callback(Iq(number)), {"sent": number * 1.5}) for number in range(300)}
        self.slim = [Slim("first %d" % number, (number, number + 0.5)) for number in range(200)]
        self.events = collections.deque(("event %d" % number, number * 7.0) for number in range(100))
        self.names = {"name %d" % number for number in range(100)}
        self.table = Table((number, bytes([number] * 50)) for number in range(100))
        self.shared = [number * 1.25 for number in range(50)]
        self.first_user, self.second_user = [self.shared], [self.shared]
        self.chain = None
        for _ in range(50):
            self.chain = Link(self.chain)
        self.pair = Link(None)
        self.pair.after = Link(self.pair)


application = Application()


def kinds_of(heap):
    return {row.name: [row.count, row.size] for row in heap.byclodo.stat.get_rows()}


# What is asked about: expressions, for a variable would be one more way to the object.
OBJECTS = {
    "application": "application",
    "expected": "application.expected",
    "one entry": "application.expected[7]",
    "iq": "application.expected[7][0].__closure__[0].cell_contents",
    "shared": "application.shared",
    "first_user": "application.first_user",
    "events": "application.events",
    "names": "application.names",
    "table": "application.table",
    "slim": "application.slim[3]",
    "chain": "application.chain",
    "pair": "application.pair",
}
CLASSES = [Node, Iq, Slim, Link, Table]


def of_each(question):
    """question.format(object), evaluated for each object without a name for it anywhere."""
    return {name: eval(question % expression) for name, expression in OBJECTS.items()}


def answers():
    gc.collect()
    return {
        "kinds": kinds_of(HP.heap()),
        "addresses": of_each("id(%s)"),
        "domisize": of_each("HP.iso(%s).domisize"),
        "paths": of_each("[str(path) for path in HP.iso(%s).shpaths]"),
        "classes": {cls.__name__: [(HP.heap() & cls).count, (HP.heap() & cls).domisize] for cls in CLASSES},
        "typestats": objgraph.typestats(shortnames=False),
        "chains": of_each("[id(one) for one in objgraph.find_backref_chain(%s, objgraph.is_proper_module)]"),
    }


# guppy makes the __dict__ of every instance that keeps its attributes inline (3.11 and later), and loads
# modules of its own when it is first asked: both before the snapshot, so that all look at one heap.
HP = hpy()
HP.heap()
of_each("HP.iso(%s).domisize")


def main():
    gc.collect()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(answers()), flush=True)


if __name__ == "__main__":
    main()
