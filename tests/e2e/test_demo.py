"""The demo runs, names the leak, and leaves nothing behind."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))
from cli_support import PYTHON, ROOT, WHYALIVE, CliCase, run_program

DEMO = os.path.join(ROOT, "examples", "demo.py")


class Demo(CliCase):
    def demo(self, *more):
        return run_program([PYTHON, DEMO, "--whyalive", WHYALIVE, "--rate", "1000", "--requests",
                            "1000"] + list(more), dict(self.environment, TMPDIR=self.folder))

    def test_the_demo_shows_table_suspect_and_line(self):
        outcome = self.demo()
        self.assertEqual(outcome.code, 0, outcome)
        out = outcome.out
        self.assertRegex(out, r"Partition of a set of \d+ objects\. Total size = \d+ bytes\.", outcome)
        self.assertRegex(out, r"\n1\. Dispatcher\._expected holds [\d,]+ entries", outcome)
        self.assertIn("__main__.client.Dispatcher._expected", out)
        self.assertIn("self._expected[self.send(stanza)] = (func, args)", out)
        annotated = re.search(r"^ *\d+ │ +self\._expected\[self\.send\(stanza\)\] = .*⟵ keeps .*$", out,
                              re.MULTILINE)
        self.assertTrue(annotated, outcome)
        self.assertIn("self._expected.pop(stanza.getID())", out)

    def test_nothing_is_left_behind(self):
        outcome = self.demo()
        pid = re.search(r"ready: pid (\d+)", outcome.out).group(1)
        self.assertFalse(os.path.exists("/proc/" + pid))
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("whyalive-demo")], [])
        self.assertEqual(os.listdir(self.environment["WHYALIVE_RUNTIME_DIR"]), [])

    def test_a_missing_program_is_said_in_one_line(self):
        outcome = run_program([PYTHON, DEMO, "--whyalive", "/nowhere/whyalive"], self.environment)
        self.assertEqual(outcome.code, 1)
        self.assertEqual(outcome.err,
                         "demo: /nowhere/whyalive is missing; build it with: ./dev build\n")


if __name__ == "__main__":
    unittest.main()
