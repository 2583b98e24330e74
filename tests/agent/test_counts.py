"""Live counts: they agree with what the interpreter itself says, cost nothing that stays, and keep to
their share of the time."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import HOLDS_THE_GIL, AgentError, Target, require_agent  # noqa: E402

PYTHONS = require_agent()

PROGRAM = """
import collections, gc, json, sys
class Kept: pass
class Slotted: __slots__ = ("a", "b")
class Numbers(list): pass
class Table(dict): pass
class Names(set): pass
class Point(tuple): pass
class Outer:
    class Inner: pass
kept = [Kept() for _ in range(777)] + [Slotted() for _ in range(55)] + [Outer.Inner() for _ in range(3)]
for n in range(40):
    kept.append(Numbers(range(n)))
    kept.append(Table((i, i) for i in range(n * 3)))
    kept.append(Names(range(n * 5)))
    kept.append(Point((kept, n)))
kept.append(type("T\\u00e4g", (), {})())
async def waits(a, b, c): return [a, b, c]
def steps(): yield from range(9)
def over(): return sys._getframe()
kept += [steps(), (x * x for x in range(9)), waits(1, 2, 3), over()]
next(kept[-4])
async def waits(a, b, c): return [a, b, c]
def steps(): yield from range(9)
def over(): return sys._getframe()
kept += [steps(), (x * x for x in range(9)), waits(1, 2, 3), over()]
next(kept[-4])
def truth():
    by = collections.defaultdict(lambda: [0, 0])
    for o in gc.get_objects():
        name = type(o).__qualname__
        if type(o).__module__ != "builtins":
            name = type(o).__module__ + "." + name
        by[name][0] += 1
        by[name][1] += sys.getsizeof(o)
    return by
gc.collect()
# CPython 3.12's collector freezes what is immortal; get_objects() would leave that out.
gc.disable()
gc.unfreeze()
print("ready", flush=True)
for line in sys.stdin:
    command = line.strip()
    if command == "truth": answer = truth()
    elif command == "count": answer = len(gc.get_objects())
    elif command == "freeze": answer = gc.freeze()
    elif command == "grow": answer = kept.extend(Kept() for _ in range(223))
    print(json.dumps(answer), flush=True)
"""
OWN = ("Kept", "Slotted", "Numbers", "Table", "Names", "Point", "Outer.Inner")
FRAMES = ("generator", "coroutine", "frame")


def by_type(counts):
    return {one["type"]: (one["count"], one["bytes"]) for one in counts["types"]}


class Counts(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python, version

    def test_they_are_the_interpreter_s_own_numbers(self):
        for python, version in self.each():
            with self.subTest(version), Target(python, PROGRAM) as target, target.client() as client:
                target.ask("truth")  # what counting itself leaves behind is there
                truth = target.ask("truth")
                counts = client.request("agent/counts")
                found = by_type(counts)
                for name in OWN:
                    self.assertEqual(list(found["__main__." + name]), truth["__main__." + name], name)
                for name in FRAMES[:2] if version < "3.11" else FRAMES:  # 3.10: truth's own frame
                    self.assertEqual(list(found[name]), truth[name], name)
                # The program's own counting had a few objects under way.
                for name, (count, _) in truth.items():
                    self.assertAlmostEqual(found.get(name, (0, 0))[0], count, delta=12, msg=name)
                self.assertEqual(counts["typeCount"], len(counts["types"]))
                self.assertEqual(counts["objects"], sum(one["count"] for one in counts["types"]))
                self.assertEqual(counts["bytes"], sum(one["bytes"] for one in counts["types"]))
                self.assertGreater(counts["rss"], 1 << 20)

    def test_frozen_objects_are_counted_and_nothing_is_left_behind(self):
        for python, version in self.each():
            with self.subTest(version), Target(python, PROGRAM) as target, target.client() as client:
                target.ask("freeze")
                self.assertEqual(by_type(client.request("agent/counts"))["__main__.Kept"][0], 777)
                before = target.ask("count")
                for _ in range(20):
                    client.request("agent/counts")
                self.assertEqual(target.ask("count"), before)

    def test_who_asks_too_soon_gets_the_last_answer(self):
        with Target(next(iter(PYTHONS)), PROGRAM) as target, target.client() as client:
            first = client.request("agent/counts")
            self.assertGreaterEqual(first["nextMs"] * 1e6, 50 * first["stoppedNs"])
            target.ask("grow")
            with target.client() as other:
                second = other.request("agent/counts")
            if second["nextMs"] > 0 and second["time"] == first["time"]:
                self.assertEqual(second["types"], first["types"])
            # A count that others held up has a long time to wait behind it.
            end = time.monotonic() + 60 + first["nextMs"] / 1000
            while second["time"] == first["time"] and time.monotonic() < end:
                time.sleep(0.02)
                second = client.request("agent/counts")
            self.assertEqual(by_type(second)["__main__.Kept"][0], 1000)

    def test_a_limit_keeps_the_largest_types(self):
        with Target(next(iter(PYTHONS)), PROGRAM) as target, target.client() as client:
            every = client.request("agent/counts")
            few = client.request("agent/counts", {"limit": 3})
            self.assertEqual(few["types"], every["types"][:3])
            self.assertEqual(few["typeCount"], every["typeCount"])
            sizes = [one["bytes"] for one in every["types"]]
            self.assertEqual(sizes, sorted(sizes, reverse=True))
            with self.assertRaisesRegex(AgentError, "params.limit"):
                client.request("agent/counts", {"limit": "many"})

    def test_a_count_beside_a_snapshot_and_a_cancelled_one(self):
        with Target(next(iter(PYTHONS)), HOLDS_THE_GIL) as target, target.client() as client:
            count = client.start("agent/counts")
            client.send({"method": "$/cancelRequest", "params": {"id": count}})
            with self.assertRaisesRegex(AgentError, "cancelled"):
                client.finish(count)
            target.let_go()
            snapshot, count = client.start("agent/snapshot"), client.start("agent/counts")
            answers = {}
            while len(answers) < 2:
                message = client.receive()
                if "id" in message:
                    answers[message["id"]] = message["result"]
            self.assertGreater(answers[count]["objects"], 100)
            self.assertGreater(answers[snapshot]["objectCount"], answers[count]["objects"])


if __name__ == "__main__":
    unittest.main()
