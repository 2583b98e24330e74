"""A big heap is written by two threads where a core is idle. Whatever wrote it, a snapshot taken in the
copy says the same as one taken in the process itself, which one thread writes."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target, require_agent  # noqa: E402

PYTHONS = require_agent()
PROGRAM = """
import gc, sys, weakref
sys.path.insert(0, %r)
import heapgen

def suspended(n):
    yield n

heapgen.build(150_000)
weak = [weakref.ref(node) for node in heapgen.CACHE.events]
generators = [suspended(n) for n in range(1000)]
for generator in generators:
    next(generator)
gc.collect()
gc.disable()
print("ready", flush=True)
sys.stdin.readline()
""" % os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "bench")


class TwoThreads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pairs = []
        for python in list(PYTHONS)[:1]:
            with Target(python, PROGRAM) as target, target.client() as client:
                client.snapshot(mode="in-process")  # what the agent's own threads set up is there now
                cls.pairs.append((client.snapshot(), client.snapshot(mode="in-process")))

    def test_both_have_the_same_objects_with_the_same_facts(self):
        for twin, process in self.pairs:
            self.assertGreater(twin.count, 140_000)
            for i, address in enumerate(twin.address):
                other = process.id_of.get(address)
                if other is None or twin.type_of(i)["module"] != "__main__" and twin.type_of(i)[
                        "module"] != "heapgen":
                    continue
                self.assertEqual(
                    (twin.size[i], twin.refcount[i], twin.degree[i], twin.tracked[i], twin.type_name(i)),
                    (process.size[other], process.refcount[other], process.degree[other],
                     process.tracked[other], process.type_name(other)))
            self.assertLess(len(set(twin.address) ^ set(process.address)), 50)

    def test_both_have_the_same_references_and_values(self):
        for twin, process in self.pairs:
            for i, address in enumerate(twin.address):
                other = process.id_of.get(address)
                if other is None or twin.type_name(i) not in ("dict", "heapgen.Node", "heapgen.Iq", "tuple",
                                                              "str", "function", "list"):
                    continue
                if twin.refcount[i] != process.refcount[other] or twin.size[i] != process.size[other]:
                    continue  # changed in between
                mine = [twin.address[t] for _, _, t in twin.references(i)]
                theirs = [process.address[t] for _, _, t in process.references(other)]
                self.assertEqual(mine, theirs)
                self.assertEqual(twin.values.get(i), process.values.get(other))

    def test_both_list_the_same_frames_and_weak_references(self):
        for twin, process in self.pairs:
            states = [sorted((f["state"], f["line"]) for f in one.frames() if f["owner"] >= 0)
                      for one in (twin, process)]
            self.assertEqual(*states)
            self.assertGreaterEqual(len(states[0]), 1000)
            self.assertLess(abs(len(twin.weakrefs()) - len(process.weakrefs())), 20)
            self.assertLess(abs(len(twin.codes()) - len(process.codes())), 20)


if __name__ == "__main__":
    unittest.main()
