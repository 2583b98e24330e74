"""Heaps that break walkers: frozen, uncollected, garbage, very deep, very wide, cyclic in their types,
shared by interpreters. WHYALIVE_FULL=1 also takes a list of 10 million links and a class of a million
attributes."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import heap_checks  # noqa: E402
from agent_client import Target, require_agent  # noqa: E402

PYTHONS = require_agent()
if os.environ.get("WHYALIVE_ALL_PYTHONS") != "1":  # the oldest and the newest
    ordered = sorted(PYTHONS, key=lambda p: [int(n) for n in PYTHONS[p].split(".")])
    PYTHONS = {p: PYTHONS[p] for p in {ordered[0], ordered[-1]}}

PROGRAM = r'''
import gc, json, sys


class Node:
    def __init__(self):
        self.me = self


def links(count):
    top = []
    for _ in range(count):
        top = [top]
    return top


def pairs(count):
    top = ()
    for _ in range(count):
        top = (top,)
    return top


frozen = [Node() for _ in range(10)]
gc.collect()
gc.freeze()
gc.disable()
deep, untracked = links(DEPTH), pairs(DEPTH)
gc.collect()  # the collector stops tracking tuples that can be in no cycle
wide = type("Wide", (), {})
for number in range(WIDTH):
    setattr(wide, "a%d" % number, number + 10 ** 6)
many = Node()
for number in range(WIDTH // 10):
    setattr(many, "a%d" % number, [number])


class First:
    pass


class Second(First):
    pass


First.second, First.me, Second.mine = Second, First, Second()
garbage = [id(node) for node in (Node() for _ in range(100))]
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
other = interpreters.create()
print("ready", flush=True)
answers = {"ids": lambda: {"frozen": [id(o) for o in frozen], "deep": id(deep), "untracked": id(untracked),
                           "wide": id(wide), "many": id(many), "first": id(First), "second": id(Second),
                           "garbage": garbage},
           "tracked": lambda: gc.is_tracked(untracked), "collect": gc.collect}
for line in sys.stdin:
    print(json.dumps(answers[line.strip()]()), flush=True)
'''
DEPTH, WIDTH = 60_000, 30_000


def program(depth, width):
    return PROGRAM.replace("DEPTH", str(depth)).replace("WIDTH", str(width))


class Extremes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.heaps = []
        for python, version in PYTHONS.items():
            with Target(python, program(DEPTH, WIDTH)) as target, target.client() as client:
                snapshot = client.snapshot()
                cls.heaps.append((version, snapshot, {name: target.ask(name) for name in
                                                      ("ids", "tracked", "collect")}))

    def each(self):
        for version, snapshot, answers in self.heaps:
            print(version, end=" ", file=sys.stderr, flush=True)
            yield snapshot, answers["ids"], answers

    def chain_length(self, snapshot, number):
        i, length = snapshot.id_of[number], 0
        while True:
            following = [t for kind, _, t in snapshot.references(i) if kind == "index"]
            if not following:
                return length
            i, length = following[0], length + 1

    def test_frozen_objects_are_there_and_a_collector_that_is_off_is_said_to_be(self):
        for snapshot, ids, _ in self.each():
            for number in ids["frozen"]:
                self.assertEqual(snapshot.type_name(snapshot.id_of[number]), "__main__.Node")
            self.assertEqual(snapshot.meta["gc.enabled"], "0")

    def test_long_chains_are_followed_to_their_end_tracked_or_not(self):
        for snapshot, ids, answers in self.each():
            self.assertEqual(self.chain_length(snapshot, ids["deep"]), DEPTH)
            self.assertEqual(self.chain_length(snapshot, ids["untracked"]), DEPTH)
            self.assertEqual(snapshot.tracked[snapshot.id_of[ids["untracked"]]], answers["tracked"])

    def test_a_class_and_an_instance_may_have_very_many_attributes(self):
        for snapshot, ids, _ in self.each():
            for name, wanted in (("wide", WIDTH), ("many", WIDTH // 10)):
                dicts = [t for kind, _, t in snapshot.references(snapshot.id_of[ids[name]])
                         if kind == "dict"]
                names = [snapshot.values[key][0] for kind, key, _ in snapshot.references(dicts[0])
                         if kind == "value"]
                self.assertEqual(len([n for n in names if n[0] == "a" and n[1:].isdigit()]), wanted)

    def test_types_may_refer_to_each_other(self):
        for snapshot, ids, _ in self.each():
            first, second = snapshot.id_of[ids["first"]], snapshot.id_of[ids["second"]]
            dicts = {i: [t for kind, _, t in snapshot.references(i) if kind == "dict"][0]
                     for i in (first, second)}
            held = {i: {snapshot.values[key][0]: t for kind, key, t in snapshot.references(dicts[i])
                        if kind == "value"} for i in dicts}
            self.assertEqual((held[first]["second"], held[first]["me"]), (second, first))
            self.assertEqual(snapshot.type_of(held[second]["mine"])["qualname"], "Second")

    def test_garbage_is_evidence_held_by_nobody_and_still_there_afterwards(self):
        for snapshot, ids, answers in self.each():
            counts, referrers = snapshot.counted_references(), {}
            garbage = {snapshot.id_of[number] for number in ids["garbage"]}
            for i in range(snapshot.count):
                for _, _, target in snapshot.references(i):
                    if target in garbage:
                        referrers.setdefault(target, set()).add(i)
            for i in garbage:
                self.assertEqual(snapshot.refcount[i], counts[i])
                # Itself, or the dict that holds its attributes.
                own = {i} | {t for kind, _, t in snapshot.references(i) if kind == "dict"}
                self.assertLessEqual(referrers[i], own)
            self.assertGreaterEqual(answers["collect"], len(garbage))

    def test_another_interpreter_is_named_as_not_walked(self):
        for snapshot, _, _ in self.each():
            self.assertEqual(snapshot.meta["interpreters.unwalked"], "1")

    def test_references_add_up(self):
        for snapshot, _, _ in self.each():
            over, _ = heap_checks.over_counted(snapshot)
            self.assertLess(sum(map(len, over.values())), 15, over)

    @unittest.skipUnless(os.environ.get("WHYALIVE_FULL") == "1", "WHYALIVE_FULL=1 is not set")
    def test_ten_million_links(self):
        for python in PYTHONS:
            with Target(python, program(10_000_000, 1_000_000)) as target, target.client(timeout=300) as client:
                _, result = client.take_bytes()
                self.assertGreater(result["objectCount"], 21_000_000)
                print("%d objects, walked in %.1f s" % (result["objectCount"], result["walkNs"] / 1e9),
                      file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
