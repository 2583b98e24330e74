"""The snapshot of a process that uses NumPy, Django, SQLAlchemy, lxml, attrs and asyncio, compared with what
the interpreter says of it. One interpreter or two by default; WHYALIVE_ALL_PYTHONS=1: every one.
"""
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import heap_checks  # noqa: E402
from agent_client import PACKAGE, Target, require_agent  # noqa: E402
from package_program import OPTIONAL, PACKAGES, PROGRAM  # noqa: E402
from packages import has, wheels  # noqa: E402
from truth import TRUTH  # noqa: E402


def environments():
    """version → (interpreter, folder with the packages); says aloud what it cannot have. By default as few as
    have all the packages and the newest interpreter."""
    found, every, complete = {}, os.environ.get("WHYALIVE_ALL_PYTHONS") == "1", False
    newest_first = sorted(require_agent().items(), key=lambda i: [int(n) for n in i[1].split(".")],
                          reverse=True)
    for python, version in newest_first:
        if complete and not every or version in found:
            continue
        folder = wheels(version, *PACKAGES)
        absent = [module for module in PACKAGES.values() if not has(folder, module)]
        if absent:
            print("CPython %s: no wheel of %s" % (version, ", ".join(absent)), file=sys.stderr)
        if not set(absent) - {OPTIONAL}:
            found[version] = python, folder
            complete = complete or not absent
    return found


ENVIRONMENTS = environments()
if not ENVIRONMENTS:
    print("skipped: no interpreter can have the packages")
    sys.exit(77)


class Heap:
    def __init__(self, python, folder):
        environment = {"PYTHONPATH": os.pathsep.join((PACKAGE, folder))}
        labels = tempfile.NamedTemporaryFile("r", prefix="whyalive-labels-", encoding="utf-8")
        with labels, Target(python, TRUTH + PROGRAM, args=[labels.name],
                            env=environment) as target, target.client() as client:
            paths = [os.path.join(target.folder, "visible%d" % n) for n in range(3)]
            target.ask("visible " + paths[0])
            target.ask("visible " + paths[1])
            self.snapshot = client.snapshot(textLimit=200)
            target.ask("visible " + paths[2])
            self.arrays, self.facts = target.ask("arrays"), target.ask("facts")
            before = heap_checks.read_visible(paths[1])
            after = heap_checks.read_visible(paths[2])
            self.lasting = {n: fact for n, fact in before.items() if after.get(n) == fact}
            self.seen = {**before, **after}
            target.ask("labels")
            self.labels = [json.loads(line) for line in labels]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.heaps = {version: Heap(*where) for version, where in ENVIRONMENTS.items()}

    def each(self):
        for version, heap in self.heaps.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield heap

    def each_with_arrays(self):
        return (heap for heap in self.each() if heap.arrays)

    def test_every_object_that_python_can_see_is_there(self):
        for heap in self.each():
            self.assertGreater(len(heap.lasting), 200_000)
            self.assertEqual(heap_checks.missing(heap.snapshot, heap.lasting), [])

    def test_nothing_else_is_there_and_nothing_of_the_agent(self):
        for heap in self.each():
            extra = heap_checks.extra(heap.snapshot, heap.seen)
            self.assertLess(sum(map(len, extra.values())), 40, {k: len(v) for k, v in extra.items()})
            self.assertFalse([t for t in heap.snapshot.types if "whyalive" in t["module"]])

    def test_sizes_are_those_of_getsizeof(self):
        for heap in self.each():
            library = set(heap.facts["stdlib"]) | {"builtins", "__main__"}
            wrong = heap_checks.wrong_sizes(heap.snapshot, heap.lasting,
                                            lambda kind: kind.split(".")[0] in library)
            self.assertEqual(wrong, {})

    def test_every_label_is_true(self):
        for heap in self.each():
            wrong, asked, cache = [], 0, {}
            for holder, kind, name, target, type_name in heap.labels:
                i, wanted = heap.snapshot.id_of.get(holder), heap.snapshot.id_of.get(target)
                # Made or freed since, or one of the questioner's own.
                if i is None or wanted is None or holder not in heap.lasting or target not in heap.lasting:
                    continue
                if i not in cache:
                    cache = {i: list(heap.snapshot.references(i))}
                asked += 1
                if not self.holds(heap.snapshot, cache[i], kind, name, wanted):
                    wrong.append((type_name, kind, name, heap.snapshot.type_name(wanted)))
            self.assertGreater(asked, 30_000)
            self.assertEqual(wrong[:20], [], "\n".join(map(str, wrong[:20])))

    @staticmethod
    def holds(snapshot, references, kind, name, wanted):
        if kind == "value":
            name = snapshot.id_of.get(name)
        if any(k == kind and t == wanted and (name is None or n == name) for k, n, t in references):
            return True
        # Attributes may be in a dict.
        dicts = [t for k, n, t in references if k == "dict"] if kind == "attribute" else []
        return any(t == wanted and snapshot.values.get(n, ("",))[0][:200] == name[:200]
                   for d in dicts for k, n, t in snapshot.references(d) if k == "value")

    def test_reference_counts_add_up(self):
        for heap in self.each():
            over, _ = heap_checks.over_counted(heap.snapshot)
            self.assertLess(sum(map(len, over.values())), 15, over)

    def test_a_numpy_buffer_counts_once_at_its_owner(self):
        for heap in self.each_with_arrays():
            native = {o: (size, buffer) for o, size, buffer in heap.snapshot.native_sizes()}
            of = {name: native.get(heap.snapshot.id_of[number], (0, 0))[0]
                  for name, (number, _) in heap.arrays.items()}
            for name in ("owner", "single", "records", "objects", "scalar"):
                self.assertEqual(of[name], heap.arrays[name][1], name)
            for name in ("view", "view_of_view", "some_objects", "empty", "over_bytes"):
                self.assertEqual(of[name], 0, name)

    def test_numpy_views_and_arrays_of_objects_hold_what_they_hold(self):
        for heap in self.each_with_arrays():
            at = {name: heap.snapshot.id_of[number] for name, (number, _) in heap.arrays.items()}
            references = {name: list(heap.snapshot.references(i)) for name, i in at.items()}
            self.assertIn(("slot", "base", at["owner"]), references["view"])
            self.assertIn(("slot", "base", at["owner"]), references["view_of_view"])
            self.assertIn(("slot", "base", at["objects"]), references["some_objects"])
            items = [heap.snapshot.type_name(t) for k, _, t in references["objects"] if k == "index"]
            self.assertEqual(items, ["__main__.Arrays", "str", "NoneType", "lxml.etree._Element"])

    def test_tasks_wait_where_they_wait(self):
        for heap in self.each():
            by_owner = {f["owner"]: f for f in heap.snapshot.frames() if f["owner"] >= 0}
            for coroutine in heap.facts["coroutines"]:
                frame = by_owner[heap.snapshot.id_of[coroutine]]
                self.assertEqual((frame["state"], frame["line"]), ("suspended", heap.facts["worker_line"]))


if __name__ == "__main__":
    unittest.main()
