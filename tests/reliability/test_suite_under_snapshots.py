"""CPython's own tests say the same with the agent inside and a snapshot every 100 ms as without.

A few quick modules for every interpreter that brings its tests; docs/reliability.md has the long list
and its figures (under_snapshots.py runs any modules, and pytest suites).
"""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "agent"))
from agent_client import require_agent  # noqa: E402

MODULES = ("test.test_gc", "test.test_generators")
SCRIPT = Path(__file__).with_name("under_snapshots.py")


def has_tests(python):
    return subprocess.run([python, "-c", "import test.test_gc"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


PYTHONS = [python for python in require_agent() if has_tests(python)]


class TheSame(unittest.TestCase):
    def test_results(self):
        for python in PYTHONS:
            with self.subTest(python):
                done = subprocess.run([sys.executable, SCRIPT, "--python", python, *MODULES],
                                      env=os.environ, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("the same results", done.stdout)


if __name__ == "__main__":
    if not PYTHONS:
        print("skipped: no interpreter with an agent brings CPython's own tests (libpython3.x-testsuite)")
        sys.exit(77)
    unittest.main()
