"""whyalive sql, on a snapshot of a real process."""
import csv
import io
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import WHYALIVE, CliCase, echo_program

PROGRAM = echo_program('''
class Node:
    def __init__(self, name, parent=None):
        self.name, self.parent, self.kids = name, parent, []
        if parent is not None:
            parent.kids.append(self)

trees = []
for i in range(50):
    root = Node("iq-%d" % (i % 2))
    Node("query", root)
    trees.append(root)
del root
long = ["x" * 10_000 + str(i) for i in range(5)]
quoted = ['say "hi", twice', "\\x1b[31mred\\x1b[0m", "line\\nfeed"]
''')


def catches(pid, number):
    with open(f"/proc/{pid}/status") as status:
        caught = next(line for line in status if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


class Sql(CliCase):
    def setUp(self):
        super().setUp()
        process = self.start_with_agent(self.write("program.py", PROGRAM))
        self.file = self.path("heap.whyalive")
        self.ok("snapshot", process.pid, "-o", self.file)

    def test_the_blogs_question_which_nodes_have_no_parent_counted_by_name(self):
        out = self.ok("sql", self.file, """
            SELECT text(attr(id, 'name')) AS name, count(*) AS nodes FROM objects
            WHERE type = '__main__.Node' AND attr(id, 'parent') IS NULL
            GROUP BY name ORDER BY name""").out
        self.assertEqual([line.split() for line in out.splitlines()],
                         [["name", "nodes"], ["iq-0", "25"], ["iq-1", "25"]])

    def test_json_has_typed_columns_and_rows(self):
        found = self.ok("sql", self.file, "--json", "-n", "3",
                        "SELECT id, type, size, NULL AS void FROM objects "
                        "WHERE type = '__main__.Node'").json()
        self.assertEqual(found["columns"],
                         [{"name": "id", "type": "object"}, {"name": "type", "type": "text"},
                          {"name": "size", "type": "bytes"}, {"name": "void", "type": "any"}])
        self.assertEqual(len(found["rows"]), 3)
        self.assertEqual(found["rows"][0][1:], ["__main__.Node", found["rows"][0][2], None])
        self.assertTrue(found["truncated"])
        self.assertNotIn("snapshot", found)

    def test_csv_is_what_csv_readers_read(self):
        out = self.ok("sql", self.file, "--csv", "SELECT text, NULL, '' FROM strings "
                      "WHERE text IN ('say \"hi\", twice', 'line' || char(10) || 'feed') "
                      "ORDER BY text").out
        self.assertEqual(list(csv.reader(io.StringIO(out)))[1:],
                         [["line\nfeed", "", ""], ['say "hi", twice', "", ""]])
        self.assertIn(',,""\n', out)

    def test_escapes_of_the_terminal_do_not_reach_it(self):
        out = self.ok("sql", self.file, "SELECT text FROM strings WHERE text LIKE '%red%'").out
        self.assertNotIn("\x1b", out)

    def test_holder_and_path_name_the_list(self):
        out = self.ok("sql", self.file, "--json", "SELECT holder(id), count(*) FROM objects "
                      "WHERE type = '__main__.Node' GROUP BY 1").json()
        self.assertEqual(out["rows"], [["__main__.trees", 100]])

    def test_duplicates_are_those_that_a_look_at_every_string_finds(self):
        def rows(sql):
            found = self.ok("sql", self.file, "--json", "-n", "100000", sql).json()
            self.assertFalse(found["truncated"])
            return found["rows"]
        self.assertEqual(rows("SELECT count(*) FROM strings WHERE cut AND text LIKE 'xxx%'"), [[5]])
        grouped = rows("SELECT text, count(*) AS n, sum(size), (count(*) - 1) * min(size) AS w, "
                       "min(id) FROM strings WHERE NOT cut GROUP BY text HAVING n > 1 "
                       "ORDER BY w DESC, min(id)")
        self.assertGreater(len(grouped), 10)
        self.assertEqual(rows("SELECT * FROM duplicates"), grouped)

    def test_held_is_what_the_dominators_of_each_object_add_up_to(self):
        def rows(sql):
            return self.ok("sql", self.file, "--json", "-n", "10000000", sql).json()["rows"]
        sums = {}
        for _, kind, size in rows("SELECT DISTINCT d.id, d.kind, d.size FROM objects m JOIN dominators d "
                                  "ON d.within = m.id WHERE m.type = 'module'"):
            count, bytes_ = sums.get(kind, (0, 0))
            sums[kind] = (count + 1, bytes_ + size)
        self.assertGreater(len(sums), 10)
        self.assertEqual(rows("SELECT kind, count, size FROM held WHERE holder = 'module'"),
                         [[kind, *sums[kind]] for kind in sorted(sums)])

    def test_a_name_that_is_wrong_is_answered_with_the_nearest(self):
        self.assertEqual(self.fails("sql", self.file, "SELECT id FROM objcts"),
                         "whyalive: SQL: no such table: objcts; did you mean objects?")
        self.assertIn("line 1, column 8", self.fails("sql", self.file, "SELECT idd FROM objects"))
        done = self.ok("sql", self.file, "SELECT id FROM objects WHERE type = 'Node'")
        self.assertIn("did you mean '__main__.Node'?", done.err)

    def test_nothing_can_be_changed(self):
        self.assertIn("only reads", self.fails("sql", self.file, "DELETE FROM objects"))
        self.assertIn("ATTACH is refused",
                      self.fails("sql", self.file, "ATTACH '%s' AS x" % self.path("x.db")))

    def test_time_is_limited(self):
        endless = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
                   "SELECT count(*) FROM n")
        self.assertIn("longer than 200 ms",
                      self.fails("sql", self.file, "--timeout", "0.2", endless))

    def test_ctrl_c_ends_a_query(self):
        endless = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
                   "SELECT count(*) FROM n")
        query = subprocess.Popen([WHYALIVE, "sql", "--timeout", "0", self.file, endless],
                                 env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(query.kill)
        deadline = time.monotonic() + 60
        while not catches(query.pid, signal.SIGINT):
            self.assertIsNone(query.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        query.send_signal(signal.SIGINT)
        _, error = query.communicate(timeout=60)
        self.assertEqual(query.returncode, 1, error)
        self.assertRegex(error, "cancelled|interrupted")

    def test_the_tables_are_told(self):
        out = self.ok("sql", "--tables").out
        self.assertIn("retained_together(id)", out)
        tables = self.ok("sql", "--tables", "--json").json()["tables"]
        self.assertIn("objects", [table["name"] for table in tables])

    def test_usage(self):
        self.assertEqual(self.whyalive("sql").code, 2)
        self.assertEqual(self.whyalive("sql", self.file).code, 2)
        self.assertEqual(self.whyalive("sql", self.file, "--csv", "--json", "SELECT 1").code, 2)
        self.assertIn("Example:", self.ok("sql", "--help").out)


if __name__ == "__main__":
    unittest.main()
