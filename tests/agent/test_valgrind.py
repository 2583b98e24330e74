"""The walker under valgrind: a snapshot in the process itself and live counts read no byte that the interpreter has
not written, and none that it has freed.

Each object has a block of malloc of its own (PYTHONMALLOC), so that valgrind sees where it ends. One interpreter; all
that WHYALIVE_TEST_PYTHONS names, when it does.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target, require_agent  # noqa: E402

VALGRIND = shutil.which("valgrind")
if not VALGRIND:
    print("skipped: there is no valgrind (apt-get install valgrind)")
    sys.exit(77)

PATIENCE = 300  # a process under valgrind is some fifty times slower
FOUND = require_agent()
PYTHONS = dict(FOUND if os.environ.get("WHYALIVE_TEST_PYTHONS") else [next(iter(FOUND.items()))])

# Of each layout that the walker knows some, and some that are half made or half gone.
PROGRAM = """
import array, collections, functools, os, sys, threading, types, weakref
class Kept: pass
class Slotted: __slots__ = ("a", "b", "__weakref__")
class Child(Slotted): pass
class Listed(list): __slots__ = ("more",)
class Mapped(dict): pass
def steps():
    local = [1]
    yield local
    yield from range(9)
@types.coroutine
def waits(a): yield a
async def outer(a): await waits(a)
def closure(n): return lambda: n
def over():
    try: raise ValueError("kept with its frames")
    except ValueError as error: return error
kept = [[i, (i, str(i)), {i}, {str(i): i, i: None}, frozenset([i]), i << 80, 1.5 * i] for i in range(1500)]
for i in range(200):
    one = Kept(); one.a = i; one.b = one
    two = Slotted(); two.a = weakref.ref(two)
    three = Child(); three.c = three; three.b = i
    four = Listed(range(i)); four.more = [i]
    kept += [one, two, three, four, Mapped(a=i), closure(i), functools.partial(closure, i)]
    wide = Kept()
    for n in range(40): setattr(wide, "name%d" % n, n)
    del wide.name3
    kept.append(wide)
running = outer(1)
running.send(None)
kept += [steps(), steps(), running, over(), collections.deque(range(300)), collections.OrderedDict(a=1),
         array.array("d", range(50)), bytearray(1000), memoryview(b"x" * 100), sys._getframe(), "\\u00e4", "\\U0001f600"]
next(kept[-12])
next(kept[-11])
emptied = {i: i for i in range(500)}
for i in range(490): del emptied[i]
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
del kept[::3]
print('"changed"', flush=True)
sys.stdin.readline()
os._exit(0)  # what CPython itself does in the end is not asked for here
"""


CLEAN = "ERROR SUMMARY: 0 errors from 0 contexts"
SUPPRESSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "valgrind.supp")


class Valgrind(unittest.TestCase):
    def said(self, python, agent):
        """What valgrind wrote about a process that was looked at, changed, and looked at again."""
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "valgrind.log")
            valgrind = (VALGRIND, "--log-file=" + log, "--suppressions=" + SUPPRESSIONS)
            with Target(python, PROGRAM, prefix=valgrind, agent=agent,
                        env={"PYTHONMALLOC": "malloc"}) as target:
                for change in (False, True):
                    if change:
                        self.assertEqual(target.ask("change"), "changed")
                    if agent:
                        self.look(target)
                target.process.stdin.write("\n")
                target.process.stdin.flush()
                self.assertEqual(target.process.wait(PATIENCE), 0)
            with open(log, encoding="utf-8") as file:
                return file.read()

    def look(self, target):
        with target.client(timeout=PATIENCE) as client:
            self.assertGreater(client.take_bytes(mode="in-process")[1]["objectCount"], 20000)
            self.assertGreater(client.request("agent/counts")["objects"], 10000)

    def test_every_byte_that_is_read_was_written(self):
        for python, version in PYTHONS.items():
            with self.subTest(version):
                if subprocess.run([VALGRIND, "-q", python, "-c", ""], env=dict(os.environ, PYTHONMALLOC="malloc"),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE).returncode:
                    self.skipTest("valgrind cannot start this CPython %s (%s)" % (version, python))
                said = self.said(python, agent=True)
                if CLEAN not in said and CLEAN not in self.said(python, agent=False):
                    self.skipTest("valgrind finds fault with this CPython %s itself, without an agent" % version)
                self.assertIn(CLEAN, said)


if __name__ == "__main__":
    unittest.main()
