"""What the tests of the copy that stays after a snapshot share: interpreters, a program, its processes.
"""
import sys
import unittest

from agent_client import process_state, require_agent, wait_until

PYTHONS = require_agent()
FIRST = next(iter(PYTHONS))
SERVE = """
import json, sys
def serve(**answers):
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answers[line.strip()]()), flush=True)
"""
PROGRAM = SERVE + """
import collections, threading
class Node:
    def __init__(self, name): self.name, self.kids = name, []
    def __repr__(self): return "Node(%r)" % self.name
    def __str__(self): return "<node name='%s'/>" % self.name
class Slotted:
    __slots__ = ("left", "right")
nodes = [Node(i) for i in range(250)]
text = "ä" * 30000
raw = bytes(range(256)) * 10
slotted = Slotted(); slotted.left = 1
queue = collections.deque([1, 2, 3])
nested = []; nested.append(nested)
big = 1 << 100000
def outer(request):
    def inner(): return request
    return inner
closure = outer("kept")
at_work = threading.Semaphore(0)
def work(number):
    local = ["local", number]
    at_work.release()
    threading.Event().wait()
threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(3)]
for one in threads: one.start()
for one in threads: at_work.acquire()
def generate():
    inside = "gen"
    yield inside
generator = generate(); next(generator)
serve(threads=lambda: [t.ident for t in threads], ids=lambda: [id(nodes[7]), id(generator)],
      state=lambda: [nodes[7].name, len(nodes)])
"""


def gone(pid, seconds=60):
    """No process any more, not even a zombie that somebody has to wait for."""
    return wait_until(lambda: process_state(pid) is None, seconds)


class Case(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python
