"""whyalive suspects and annotate on the example daemon."""
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import ROOT, WHYALIVE, CliCase, echo_program

EXAMPLE = os.path.join(ROOT, "examples", "xmpp_daemon")
DISPATCHER = os.path.join(EXAMPLE, "xmpp", "dispatcher.py")
DAEMON = os.path.join(EXAMPLE, "daemon.py")
STATEMENT = "self._expected[self.send(stanza)] = (func, args)"


def line_of(path, text):
    with open(path, encoding="utf-8") as file:
        return [n for n, line in enumerate(file, 1) if line.strip() == text][0]


class Suspects(CliCase):
    def growing(self):
        process = self.start_with_agent(DAEMON, "--warmup", 1500, "--rate", 1000, "--report", 1500)
        before, after = self.path("before.whyalive"), self.path("after.whyalive")
        self.ok("snapshot", process.pid, "-o", before)
        process.stdout.readline()
        self.ok("snapshot", process.pid, "-o", after)
        return before, after

    def test_one_snapshot_names_holder_and_line(self):
        process = self.start_with_agent(DAEMON, "--warmup", 3000, "--rate", 0)
        suspects = self.ok("suspects", process.pid, "--json").json()["suspects"]
        first = suspects[0]
        self.assertEqual(first["rank"], 1)
        self.assertEqual(first["kind"], "accumulation")
        self.assertEqual(first["holder"]["expression"], "__main__.client.Dispatcher._expected")
        self.assertEqual(first["types"][0]["type"], "xmpp.protocol.Iq")
        self.assertEqual(first["count"], 3000)
        store = first["locations"][0]
        self.assertEqual((store["role"], store["file"], store["line"], store["text"]),
                         ("store", DISPATCHER, line_of(DISPATCHER, STATEMENT), STATEMENT))
        self.assertEqual(store["function"], "Dispatcher.SendAndCallForResponse")
        define = [l for l in first["locations"] if l["role"] == "define"][0]
        self.assertEqual(define["line"], line_of(DISPATCHER, "self._expected = {}"))
        # The bounded list of events is no suspect.
        self.assertEqual([s for s in suspects if "_events" in s["holder"]["expression"]], [])

    def test_two_snapshots_prove_the_growth(self):
        before, after = self.growing()
        suspects = self.ok("suspects", after, "--since", before, "--json").json()["suspects"]
        self.assertEqual(suspects[0]["kind"], "growth")
        # The daemon goes on while a snapshot is asked for: what came meanwhile is told by the heap itself.
        counted = "SELECT count(*) FROM objects WHERE type = 'xmpp.protocol.Iq'"
        first, last = (self.ok("sql", file, counted, "--json").json()["rows"][0][0] for file in (before, after))
        self.assertGreater(last - first, 2000)
        self.assertAlmostEqual(suspects[0]["growth"]["count"], (last - first) / 2, delta=50)
        self.assertEqual([s for s in suspects if "_events" in s["holder"]["expression"]], [])
        signature = suspects[0]["signature"]
        self.assertRegex(signature, r"\A[0-9a-f]{40}\Z")
        alone = self.ok("suspects", after, "--json").json()["suspects"]
        self.assertEqual(alone[0]["signature"], signature)

    def test_a_settings_file_marks_what_is_expected(self):
        before, after = self.growing()
        first = self.ok("suspects", after, "--since", before, "--json").json()["suspects"][0]
        settings = self.write("expected.json", json.dumps(
            {"expectedSuspects": [{"signature": first["signature"], "reason": "on purpose"}]}))
        left = self.ok("suspects", after, "--since", before, "--settings", settings, "--json").json()
        self.assertNotIn(first["signature"], [s["signature"] for s in left["suspects"]])
        os.rename(settings, self.path(".whyalive.json"))
        inside = os.path.join(self.folder, "src")
        os.mkdir(inside)
        found = subprocess.run([WHYALIVE, "suspects", after, "--since", before, "--json"], cwd=inside,
                               capture_output=True, text=True, env=self.environment, check=True)
        self.assertEqual(json.loads(found.stdout), left)
        bad = self.whyalive("suspects", after, "--settings", self.write("bad.json", '{"expectedSuspects": 3}'))
        self.assertEqual(bad.code, 1)
        self.assertIn("bad.json: whyalive.expectedSuspects: ", bad.err)

    def test_people_read_title_chain_and_statement(self):
        before, after = self.growing()
        out = self.ok("suspects", after, "--since", before, "-n", "1").out
        self.assertRegex(out, r"\A1\. Dispatcher\._expected holds [\d,]+ entries")
        self.assertIn("__main__.client.Dispatcher._expected", out)
        self.assertRegex(out, r"attribute +_expected +dict")
        self.assertIn("%s:%d in Dispatcher.SendAndCallForResponse" % (
            DISPATCHER, line_of(DISPATCHER, STATEMENT)), out)
        self.assertIn(STATEMENT, out)
        self.assertNotIn("\n2. ", out)

    def test_a_process_that_keeps_nothing_has_no_suspects(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        outcome = self.ok("suspects", process.pid)
        self.assertEqual(outcome.out, "No suspects.\n")
        self.assertIn("whyalive suspects %d --since" % process.pid, outcome.err)


class Annotate(CliCase):
    def setUp(self):
        super().setUp()
        process = self.start_with_agent(DAEMON, "--warmup", 3000, "--rate", 0)
        self.file = self.path("a.whyalive")
        self.ok("snapshot", process.pid, "-o", self.file)

    def test_the_whole_file_is_printed_with_its_hints(self):
        out = self.ok("annotate", self.file, DISPATCHER).out.splitlines()
        with open(DISPATCHER, encoding="utf-8") as file:
            source = file.read().splitlines()
        self.assertEqual(len(out), len(source))
        for number, (printed, line) in enumerate(zip(out, source), 1):
            self.assertTrue(printed.strip().startswith("%d │" % number), printed)
            self.assertIn(line, printed)
        store = out[line_of(DISPATCHER, STATEMENT) - 1]
        self.assertRegex(store, re.escape(STATEMENT) + r" +⟵ keeps 6,00\d Iq · [\d.]+ MB$")
        define = out[line_of(DISPATCHER, "self._expected = {}") - 1]
        self.assertRegex(define, r"= \{\} +3,000 entries · [\d.]+ MB$")

    def test_context_prints_only_what_has_hints(self):
        out = self.ok("annotate", self.file, DISPATCHER, "--context", "0").out.splitlines()
        code = [line for line in out if "│" in line]
        with open(DISPATCHER, encoding="utf-8") as file:
            self.assertLess(len(code), len(file.read().splitlines()) / 2)
        hints = self.ok("annotate", self.file, DISPATCHER, "--json").json()["annotations"]
        self.assertEqual(len(code), len({hint["line"] for hint in hints}))

    def test_a_file_that_the_process_has_not_loaded(self):
        path = self.write("other.py", "x = 1\n")
        outcome = self.ok("annotate", self.file, path)
        self.assertEqual(outcome.out, "1 │ x = 1\n")
        self.assertIn("the process has not loaded it", outcome.err)


if __name__ == "__main__":
    unittest.main()
