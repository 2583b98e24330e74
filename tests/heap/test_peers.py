"""The same real heap, asked by whyalive and by guppy3 and objgraph: kinds, counts, sizes, what would be freed
with an object or a set (domisize), shortest paths, chains of back references. Where the answers differ, the
difference is explained here, one by one."""
import json
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "cli"), os.path.join(ROOT, "tests", "support")]
from cli_support import CliCase  # noqa: E402
from environments import SKIPPED, Unavailable, python_with  # noqa: E402

PROGRAM = os.path.join(ROOT, "tests", "heap", "peers_program.py")

# Kinds that guppy has nothing of, with the reason.
ONLY_OURS = [
    (r"(dict of )?guppy\..*", "guppy leaves its own objects out of heap()"),
    (r"(dict of )?ast\..*|Token\.MISSING|builtins\.(managedbuffer|stderrprinter)|memoryview|re\.Match",
     "held by C code alone (a module's state, a buffer in use) and unknown to the collector: guppy starts "
     "from the collector's objects and the interpreter's own roots"),
]
# Kinds of which guppy sees fewer.
WE_SEE_MORE = {
    "bytes": "code of guppy's own functions", "types.CodeType": "guppy's own functions",
    "function": "guppy's own functions", "dict (no owner)": "guppy's own tables",
    "list": "guppy's own tables", "tuple": "guppy's own tables and names",
    "str": "names in guppy's own code", "float": "constants that C code holds",
    "int": "constants that C code holds", "type": "guppy's classes and static types that only C code names",
    "dict of type": "namespaces of these types", "types.BuiltinMethodType": "methods of these types",
    "types.ClassMethodDescriptorType": "descriptors of these types", "types.CellType": "guppy's own closures",
    "types.GetSetDescriptorType": "descriptors of these types",
    "types.MemberDescriptorType": "descriptors of these types",
    "types.MethodDescriptorType": "descriptors of these types",
    "types.WrapperDescriptorType": "descriptors of these types",
    "types.MethodType": "guppy's own hooks", "weakref.ReferenceType": "weak references to these types",
    "module": "guppy's own modules", "dict of module": "guppy's own modules", "set": "guppy's own tables",
}
# Kinds of which guppy sees more.
WE_SEE_LESS = {
    "types.FrameType": "the frames of the call that asked guppy; a snapshot finds the program in another one",
}


def explained(name, ours, guppy):
    if ours == guppy:
        return True
    if guppy == [0, 0]:
        return any(re.fullmatch(pattern, name) for pattern, _ in ONLY_OURS)
    if name in WE_SEE_MORE:
        return ours[0] >= guppy[0] and ours[1] >= guppy[1]
    return name in WE_SEE_LESS and ours[0] <= guppy[0]


def as_ours(path):
    """guppy's way of writing a path, in ours: an attribute is no entry of a __dict__ to a person."""
    path = re.sub(r"^%s\.i0_modules\['(\w+)'\]", r"\1", path)
    path = re.sub(r"\.__dict__\['(\w+)'\]", r".\1", path)
    return path.replace(".__closure__[0].cell_contents", ".<closure stanza>")


class Peers(CliCase):
    def setUp(self):
        super().setUp()
        python = python_with("guppy3", "objgraph")
        process = self.start_with_agent(PROGRAM, python=python)
        self.snapshot = self.path("peers.whyalive")
        self.ok("snapshot", process.pid, "-o", self.snapshot)
        process.stdin.write("\n")
        process.stdin.flush()
        self.theirs = json.loads(process.stdout.readline())

    def sql(self, query):
        return self.ok("sql", self.snapshot, query, "--json", "-n", 100000).json()["rows"]

    def test_they_agree(self):
        """One program, one snapshot: starting it costs more than asking."""
        for check in (self.kinds, self.retained_by_one, self.retained_by_a_class, self.paths, self.counts,
                      self.chains):
            with self.subTest(check.__name__):
                check()

    def kinds(self):
        ours = {name: [count, size] for name, count, size in
                self.sql("SELECT name, count, size FROM kinds WHERE count > 0")}
        theirs = self.theirs["kinds"]
        every = sorted(set(ours) | set(theirs))
        unexplained = {name: (ours.get(name), theirs.get(name)) for name in every
                       if not explained(name, ours.get(name, [0, 0]), theirs.get(name, [0, 0]))}
        self.assertEqual(unexplained, {})
        self.assertGreater(sum(ours.get(name) == theirs.get(name) for name in every), 100)
        for name in ("__main__.Node", "dict of __main__.Node", "__main__.Slim", "collections.deque"):
            self.assertEqual(ours[name], theirs[name])

    def retained_by_one(self):
        for name, address in self.theirs["addresses"].items():
            rows = self.sql("SELECT retained FROM objects WHERE address = %d" % address)
            self.assertEqual(rows, [[self.theirs["domisize"][name]]], name)

    def retained_by_a_class(self):
        for name, (count, domisize) in self.theirs["classes"].items():
            rows = self.sql("SELECT count(*), retained_together(id) FROM objects WHERE type = '__main__.%s'" % name)
            self.assertEqual(rows, [[count, domisize]], name)

    def paths(self):
        for name, address in self.theirs["addresses"].items():
            ours = self.sql("SELECT path(id) FROM objects WHERE address = %d" % address)[0][0]
            self.assertIn(ours, [as_ours(path) for path in self.theirs["paths"][name]])

    def counts(self):
        """objgraph counts what the collector tracks; instances of a class always are."""
        for name in ("Node", "Iq", "Slim", "Link", "Table"):
            ours = self.sql("SELECT count(*) FROM objects WHERE type = '__main__.%s'" % name)[0][0]
            self.assertEqual(ours, self.theirs["typestats"]["__main__." + name], name)

    def chains(self):
        """objgraph's chain has every object on the way; our steps leave out namespaces and cells."""
        for name, address in self.theirs["addresses"].items():
            steps = self.sql("SELECT o.address FROM paths p JOIN objects o ON o.id = p.object WHERE p.id = "
                             "(SELECT id FROM objects WHERE address = %d) ORDER BY p.step" % address)
            chain = self.theirs["chains"][name]
            places = [chain.index(step) for (step,) in steps if step in chain]
            self.assertEqual(len(places), len(steps), name)
            self.assertEqual(places, sorted(places), name)
            self.assertEqual((places[0], places[-1]), (0, len(chain) - 1), name)


if __name__ == "__main__":
    try:
        python_with("guppy3", "objgraph")
    except Unavailable as reason:
        print("skipped: no environment with guppy3 and objgraph: %s" % reason)
        sys.exit(SKIPPED)
    unittest.main()
