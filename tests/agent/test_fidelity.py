"""What the snapshot says of a heap, compared with what the interpreter itself says of it."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import heap_checks  # noqa: E402
from agent_client import Target, require_agent  # noqa: E402
from truth import TRUTH  # noqa: E402
from zoo import ZOO  # noqa: E402

PYTHONS = require_agent()
SERVE = """
def frame_facts():
    return {"suspended": running.gi_frame.f_lineno, "awaiting": coroutine.cr_frame.f_lineno,
            "created": created.gi_frame.f_lineno, "dead": dead_traceback.tb_frame.f_lineno}

def native_facts():
    return {"mapping": [id(mapping), 123456], "c_array": [id(c_array), 5000],
            "view_of_mapping": [id(view_of_mapping), 0], "c_number": [id(c_number), 0],
            "c_part": [id(c_part), 0], "byte_array": [id(byte_array), 0],
            "view_of_byte_array": [id(view_of_byte_array), 0]}

serve(native=native_facts, text_buffer=lambda: [id(text_buffer), id(written_text)],
      memos=lambda: [id(pickler), id(remembered), id(unpickler), id(unpickled)], expected=lambda: expected, ident=lambda: id(captured), frames=frame_facts,
      objects=lambda: {"running": id(running), "created": id(created), "coroutine": id(coroutine),
                       "finished": id(finished), "watched": id(watched), "weak": id(weak),
                       "dead": id(dead_traceback.tb_frame), "context_value": id(context_value),
                       "captured": id(captured), "at_the_end": id(at_the_end),
                       "at_the_end_argument": id(at_the_end_argument), "before_fork": id(before_fork),
                       "audit": id(audit), "search_codec": id(search_codec), "thread": thread.ident, "tid": thread.native_id,
                       "main": threading.main_thread().ident})
"""


class Fidelity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.heaps = {}
        for python, version in PYTHONS.items():
            with Target(python, TRUTH + ZOO + SERVE) as target, target.client() as client:
                paths = [os.path.join(target.folder, "visible%d" % n) for n in range(3)]
                target.ask("visible " + paths[0])
                target.ask("visible " + paths[1])
                snapshot = client.snapshot(textLimit=1000)
                target.ask("visible " + paths[2])
                answers = {name: target.ask(name) for name in (
                    "expected", "frames", "objects", "native", "text_buffer", "memos")}
                before = heap_checks.read_visible(paths[1])
                after = heap_checks.read_visible(paths[2])
                lasting = {n: fact for n, fact in before.items() if after.get(n) == fact}
                cls.heaps[python] = (snapshot, lasting, {**before, **after}, answers)

    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield self.heaps[python]

    def test_every_object_that_python_can_see_is_there(self):
        for snapshot, lasting, _, _ in self.each():
            self.assertGreater(len(lasting), 50_000)
            self.assertEqual(heap_checks.missing(snapshot, lasting), [])

    def test_nothing_else_is_there(self):
        for snapshot, _, seen, _ in self.each():
            extra = heap_checks.extra(snapshot, seen)
            # A few dicts hang on the interpreter's own C structures.
            self.assertLess(sum(map(len, extra.values())), 20, extra)

    def test_none_of_the_agents_own_objects_is_there(self):
        for snapshot, _, _, _ in self.each():
            names = {module["name"] for module in snapshot.modules()}
            ours = {name for name in names if name.startswith("whyalive")}
            self.assertEqual(ours, {"whyalive", "whyalive._agent"})
            self.assertFalse([t for t in snapshot.types if "whyalive" in t["module"]])

    def test_sizes_are_those_of_getsizeof(self):
        for snapshot, lasting, _, _ in self.each():
            self.assertEqual(heap_checks.wrong_sizes(snapshot, lasting), {})

    def test_every_label_is_true(self):
        for snapshot, _, _, answers in self.each():
            wrong = []
            for holder, kind, name, target, type_name in answers["expected"]:
                i, wanted = snapshot.id_of[holder], snapshot.id_of[target]
                if kind == "value":
                    name = snapshot.id_of[name]
                found = list(snapshot.references(i))
                if not any(k == kind and t == wanted and (name is None or n == name)
                           for k, n, t in found):
                    wrong.append((type_name, kind, name, [f for f in found if f[2] == wanted]))
            self.assertEqual(wrong, [])

    def test_reference_counts_add_up(self):
        for snapshot, _, _, _ in self.each():
            over, counts = heap_checks.over_counted(snapshot)
            self.assertLess(sum(map(len, over.values())), 15, over)
            exact = [i for i in range(snapshot.count)
                     if snapshot.type_of(i)["module"] == "__main__" and snapshot.refcount[i]]
            self.assertGreater(len(exact), 20)
            left = [(snapshot.type_name(i), snapshot.refcount[i], counts[i]) for i in exact
                    if snapshot.refcount[i] != counts[i]]
            self.assertEqual(left, [])

    def test_frames_are_told_apart_and_know_their_line(self):
        for snapshot, _, _, answers in self.each():
            objects, lines = answers["objects"], answers["frames"]
            by_owner = {f["owner"]: f for f in snapshot.frames() if f["owner"] >= 0}
            codes = snapshot.codes()
            for name, state, line in (("running", "suspended", lines["suspended"]),
                                      ("created", "created", lines["created"]),
                                      ("coroutine", "suspended", lines["awaiting"])):
                frame = by_owner[snapshot.id_of[objects[name]]]
                self.assertEqual((frame["state"], frame["line"]), (state, line), name)
            self.assertNotIn(snapshot.id_of[objects["finished"]], by_owner)
            dead = [f for f in snapshot.frames() if f["frame"] == snapshot.id_of[objects["dead"]]]
            self.assertEqual([(f["state"], f["line"], codes[f["code"]]["name"]) for f in dead],
                             [("completed", lines["dead"], "fail")])

    def test_threads_have_names_and_their_frames_hold_their_locals(self):
        for snapshot, _, _, answers in self.each():
            objects = answers["objects"]
            threads = snapshot.threads()
            names = {t["ident"]: t["name"] for t in threads}
            self.assertEqual(names, {objects["main"]: "MainThread", objects["thread"]: "the waiter"})
            number = [t["ident"] for t in threads].index(objects["thread"])
            if threads[number]["tid"]:
                self.assertEqual(threads[number]["tid"], objects["tid"])
            codes = snapshot.codes()
            frames = [f for f in snapshot.frames() if f["thread"] == number]
            self.assertEqual([f["depth"] for f in frames], list(range(len(frames))))
            frame, = [f for f in frames if codes[f["code"]]["name"] == "wait_in_thread"]
            captured = snapshot.id_of[objects["captured"]]
            held = {(name, kind): target for name, target, kind in frame["held"]}
            if frame["frame"] >= 0:
                held.update({(name, kind): target
                             for kind, name, target in snapshot.references(frame["frame"])})
            self.assertEqual(held[("argument", "local")], captured)

    def test_what_the_interpreter_holds_is_a_root_with_a_name(self):
        for snapshot, _, _, answers in self.each():
            ids = {name: snapshot.id_of[answers["objects"][name]] for name in (
                "at_the_end", "at_the_end_argument", "before_fork", "audit", "search_codec")}
            roots = [(r["kind"], r["name"], r["object"]) for r in snapshot.roots()]
            for name, target in (("before_forkers", "before_fork"), ("audit_hooks", "audit"),
                                 ("codecs.search_path", "search_codec")):
                holder, = [o for kind, field, o in roots if (kind, field) == ("interpreter", name)]
                self.assertIn(("index", ids[target]),
                              [(k, t) for k, _, t in snapshot.references(holder)])
            waiting = [o for kind, _, o in roots if kind == "atexit"]
            if not any(name == "function" for kind, name, _ in roots if kind == "atexit"):
                waiting = [t for o in waiting for _, _, one in snapshot.references(o)
                           for _, _, t in [*snapshot.references(one), (0, 0, one)]]  # 3.14: a list
            self.assertIn(ids["at_the_end"], waiting)
            held = [t for o in waiting for _, _, t in snapshot.references(o)]
            self.assertIn(ids["at_the_end_argument"], held)

    def test_memory_outside_counts_once_at_its_owner(self):
        for snapshot, _, _, answers in self.each():
            native = {o: size for o, size, _ in snapshot.native_sizes()}
            for name, (number, size) in answers["native"].items():
                self.assertEqual(native.get(snapshot.id_of[number], 0), size, name)
            read, written = (snapshot.id_of[number] for number in answers["text_buffer"])
            self.assertGreaterEqual(native[read], 4 * 3000)
            # What nobody has read yet: lists of texts before 3.12, then a buffer.
            lists = [o for _, _, o in snapshot.references(written) if snapshot.type_name(o) == "list"]
            kept = sum(snapshot.degree[o] for o in lists)
            self.assertGreaterEqual(3 * kept if lists else native[written], 3000)

    def test_what_picklers_remember_is_theirs_once(self):
        for snapshot, _, _, answers in self.each():
            ids = [snapshot.id_of[number] for number in answers["memos"]]
            for holder, held in (ids[:2], ids[2:]):
                self.assertEqual([o for _, _, o in snapshot.references(holder)].count(held), 1)

    def test_the_collector_is_described(self):
        for snapshot, _, _, _ in self.each():
            self.assertEqual(snapshot.meta["gc.enabled"], "1")
            thresholds = [int(n) for n in snapshot.meta["gc.thresholds"].split(",")]
            self.assertGreater(thresholds[0], 100)
            self.assertEqual(len(snapshot.meta["gc.counts"].split(",")), 3)

    def test_weak_references_do_not_count_but_are_listed(self):
        for snapshot, _, _, answers in self.each():
            objects = answers["objects"]
            watched, weak = snapshot.id_of[objects["watched"]], snapshot.id_of[objects["weak"]]
            self.assertEqual(snapshot.weakrefs()[weak], watched)
            self.assertFalse([1 for _, _, target in snapshot.references(weak) if target == watched])
            self.assertGreaterEqual(list(snapshot.weakrefs().values()).count(watched), 4)

    def test_values_are_right(self):
        for snapshot, _, _, _ in self.each():
            values = {(snapshot.type_name(i), v) for i, v in snapshot.values.items()}
            for wanted in (("int", 0), ("int", -5), ("int", ("bits", 333)), ("float", 3.14),
                           ("str", ("\u4e2d" * 50, None)), ("str", ("\U0001f600" * 5, None)),
                           ("bytes", (b"x" * 500, None)), ("bytes", (b"", None)),
                           ("str", ("a" * 1000, None)), ("bool", 1), ("__main__.Int", 7),
                           ("__main__.Str", ("\u4444", None)), ("__main__.Float", 1.5)):
                self.assertIn(wanted, values)

    def test_modules_have_their_files(self):
        for snapshot, _, _, _ in self.each():
            modules = {m["name"]: m for m in snapshot.modules()}
            self.assertTrue(modules["__main__"]["file"].endswith("target.py"))
            self.assertTrue(modules["json"]["file"].endswith("json/__init__.py"))
            self.assertIsNone(modules["sys"]["file"])
            self.assertEqual(snapshot.type_name(modules["json"]["dict"]), "dict")

    def test_types_are_named_and_know_their_ancestors(self):
        for snapshot, _, _, _ in self.each():
            types = {(t["module"], t["qualname"]): t for t in snapshot.types}
            child = types[("__main__", "Child")]
            self.assertEqual([snapshot.types[t]["qualname"] for t in child["mro"]],
                             ["Child", "Plain", "object"])
            self.assertEqual(snapshot.types[child["base"]]["qualname"], "Plain")
            self.assertIn(("collections", "OrderedDict"), types)
            self.assertEqual(types[("builtins", "dict")]["tp_name"], "dict")


if __name__ == "__main__":
    unittest.main()
