"""whyalive snapshot, heap, why and diff on a process whose objects are known."""
import os
import re
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import CliCase, echo_program

PROGRAM = echo_program("""
class Order:
    def __init__(self, number):
        self.number = number
        self.lines = ["line %d of %d" % (i, number) for i in range(3)]

class Slim:
    __slots__ = ("value",)

orders = {n: Order(n) for n in range(1000)}
slim = [Slim() for _ in range(500)]
for one in slim:
    one.value = str(id(one))
del one
""")
GROWING = """
import sys
kept = {n: "entry %d" % n for n in range(5000)}
print("ready", flush=True)
for line in sys.stdin:
    for n in range(len(kept), len(kept) + int(line)):
        kept[n] = "entry %d" % n
    print("done", flush=True)
"""


class Heap(CliCase):
    def setUp(self):
        super().setUp()
        self.process = self.start_with_agent(self.write("app.py", PROGRAM))

    def rows(self, *more):
        value = self.ok("heap", self.process.pid, "--json", "-n", 1000, *more).json()
        return value, {row["kind"]: row for row in value["rows"]}

    def test_counts_and_sizes_are_those_of_the_process(self):
        value, rows = self.rows()
        self.assertEqual(rows["__main__.Order"]["count"], 1000)
        self.assertEqual(rows["__main__.Slim"]["count"], 500)
        self.assertEqual(rows["__main__.Slim"]["size"], 500 * 40)  # header, one slot, GC header
        self.assertEqual(sum(row["count"] for row in value["rows"]), value["total"]["count"])
        self.assertEqual(sum(row["size"] for row in value["rows"]), value["total"]["size"])
        self.assertEqual(value["rowCount"], len(value["rows"]))
        sizes = [row["size"] for row in value["rows"]]
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        # Each order keeps a list of three strings of its own.
        self.assertGreater(rows["__main__.Order"]["retained"], 1000 * 3 * 50)
        self.assertUnharmed(self.process)

    def test_the_table_is_guppys(self):
        lines = self.ok("heap", self.process.pid).out.splitlines()
        total = re.fullmatch(r"Partition of a set of (\d+) objects\. Total size = (\d+) bytes\.",
                             lines[0])
        self.assertTrue(total, lines[0])
        self.assertEqual(lines[1].split(), ["Index", "Count", "%", "Size", "%", "Cumulative", "%",
                                            "Retained", "Kind", "(class", "/", "dict", "of", "class)"])
        self.assertEqual(len(lines), 2 + 10 + 1)
        cumulative = 0
        for index, line in enumerate(lines[2:12]):
            row = re.fullmatch(r" *(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) (\S.*)", line)
            self.assertTrue(row, line)
            numbers = [int(n) for n in row.groups()[:8]]
            cumulative += numbers[3]
            self.assertEqual(numbers[0], index)
            self.assertEqual(numbers[5], cumulative)
            self.assertEqual(numbers[4], int(numbers[3] * 100 / int(total.group(2)) + 0.5))
            self.assertGreaterEqual(numbers[7], numbers[3])
        self.assertRegex(lines[12], r"\A<\d+ more rows; see them with: whyalive heap %d -n 50>\Z" %
                         self.process.pid)

    def test_other_partitions(self):
        value, rows = self.rows("--by", "type")
        self.assertEqual(value["by"], "type")
        self.assertEqual(rows["__main__.Order"]["count"], 1000)
        _, modules = self.rows("--by", "module")
        self.assertGreaterEqual(modules["__main__"]["count"], 1500)

    def test_every_way_of_dividing_the_heap(self):
        path = self.path("ways.whyalive")
        self.ok("snapshot", self.process.pid, "-o", path)
        total = self.ok("heap", path, "--json").json()["total"]
        for word in ("kind", "type", "module", "holder", "referrers", "via", "size", "id"):
            value = self.ok("heap", path, "--by", word, "-n", 3, "--json").json()
            self.assertEqual(value["by"], word)
            self.assertEqual(value["total"], total)
            self.assertEqual([row["index"] for row in value["rows"]], [0, 1, 2])
            self.assertEqual(["id" in row for row in value["rows"]], [word == "id"] * 3)
        holders = {row["kind"]: row for row in
                   self.ok("heap", path, "--by", "holder", "-n", 999, "--json").json()["rows"]}
        self.assertGreaterEqual(holders["__main__.orders"]["count"], 1000)

    def test_tables_nest_and_take_sql(self):
        path = self.path("part.whyalive")
        self.ok("snapshot", self.process.pid, "-o", path)
        within = self.ok("heap", path, "--by", "via", "--within", "type=__main__.Order", "--json").json()
        self.assertEqual(within["total"]["count"], 1000)
        where = self.ok("heap", path, "--by", "via", "--where", "type = '__main__.Order'", "--json").json()
        self.assertEqual(where, within)
        text = self.ok("heap", path, "--where", "type = '__main__.Order' -- all", "-n", 1).out
        self.assertIn("Partition of a set of 1000 objects", text)
        page = self.ok("heap", path, "--by", "id", "--offset", 2, "-n", 2).out.splitlines()
        self.assertIn("--by id -n 50>", page[-1])
        bad = self.whyalive("heap", path, "--where", "tpye = 'str'")
        self.assertEqual(bad.code, 1)
        self.assertIn("no such column: tpye (line 1, column 1); did you mean type?", bad.err)
        self.assertIn("--within 'kind=dict (no owner)'",
                      self.whyalive("heap", path, "--within", "nonsense").err)

    def test_a_snapshot_file_gives_the_same_answer_for_ever(self):
        path = self.path("a.whyalive")
        out = self.ok("snapshot", self.process.pid, "-o", path).out
        self.assertRegex(out, r"\A%s: [\d,]+ objects, [\d.]+ [kM]B on disk; process %d stood still for "
                         r"[\d.]+ m?s\.\n\Z" % (re.escape(path), self.process.pid))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(os.listdir(os.path.dirname(path)).count("a.whyalive"), 1)
        self.stop(self.process)
        first = self.ok("heap", path, "--json").out
        self.assertEqual(self.ok("heap", path, "--json").out, first)
        self.assertEqual(self.ok("diff", path, path, "--json").json()["kinds"], [])

    def test_the_walk_in_the_process_itself_finds_the_same(self):
        twin, own = self.path("twin"), self.path("own")
        self.ok("snapshot", self.process.pid, "-o", twin)
        report = self.ok("snapshot", self.process.pid, "-o", own, "--in-process", "--json").json()
        self.assertEqual(report["mode"], "in-process")
        diff = self.ok("diff", twin, own, "--json").json()
        self.assertEqual([k for k in diff["kinds"] if k["kind"].startswith("__main__")], [])
        self.assertUnharmed(self.process)

    def test_why_names_the_way_to_all_objects_of_a_type(self):
        why = self.ok("why", self.process.pid, "--type", "__main__.Order", "--json").json()
        self.assertEqual(why["objects"], 1000)
        self.assertEqual(why["unreachable"], 0)
        self.assertEqual(why["paths"][0]["count"], 1000)
        self.assertEqual(why["paths"][0]["expression"], "__main__.orders[…]")
        text = self.ok("why", self.process.pid, "--type", "Slim").out
        self.assertIn("__main__.slim[…]", text)
        self.assertIn("500 objects", text)

    def test_why_takes_ids_and_addresses(self):
        path = self.path("a.whyalive")
        self.ok("snapshot", self.process.pid, "-o", path)
        example = self.ok("why", path, "--type", "__main__.Order", "--json").json()["paths"][0]["example"]
        by_id = self.ok("why", path, "--id", example["id"], "--json").json()
        by_address = self.ok("why", path, "--address", example["address"], "--json").json()
        self.assertEqual(by_id, by_address)
        self.assertEqual(by_id["objects"], 1)
        self.assertRegex(by_id["paths"][0]["expression"], r"\A__main__\.orders\[\d+\]\Z")


class Growth(CliCase):
    def test_diff_and_heap_tell_what_grew(self):
        process = self.start_with_agent(self.write("app.py", GROWING))
        before = self.path("before.whyalive")
        self.ok("snapshot", process.pid, "-o", before)
        process.stdin.write("2000\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "done\n")
        after = self.path("after.whyalive")
        self.ok("snapshot", process.pid, "-o", after)
        rows = self.ok("heap", after, "--since", before, "--json").json()["rows"]
        text = [row for row in rows if row["kind"] == "str"][0]
        self.assertAlmostEqual(text["growth"]["count"], 2000, delta=20)
        diff = self.ok("diff", before, after, "--json").json()
        holder = diff["holders"][0]
        self.assertEqual(holder["expression"], "__main__.kept")
        self.assertEqual((holder["entriesBefore"], holder["entries"]), (5000, 7000))
        outcome = self.ok("heap", after, "--since", before)
        out = outcome.out
        self.assertEqual(outcome.err, "")
        self.assertIn("Since %s: +" % before, out)
        self.assertIn("__main__.kept", self.ok("diff", before, after).out)

    def test_snapshots_that_do_not_belong_together_are_remarked_upon(self):
        first = self.start_with_agent(self.write("app.py", GROWING))
        second = self.start_with_agent(self.path("app.py"))
        one, other, later = self.path("one"), self.path("other"), self.path("later")
        self.ok("snapshot", first.pid, "-o", one)
        self.ok("snapshot", second.pid, "-o", other)
        self.ok("snapshot", second.pid, "-o", later)
        self.assertIn("%s is of process %d, %s of process %d" % (one, first.pid, other, second.pid),
                      self.ok("diff", one, other).err)
        self.assertIn("%s is newer than %s" % (later, other),
                      self.ok("suspects", other, "--since", later).err)
        self.assertEqual(self.ok("diff", other, later).err, "")


if __name__ == "__main__":
    unittest.main()
