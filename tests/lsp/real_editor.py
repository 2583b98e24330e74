"""What the tests of real editors share: a program that leaks when told to, and what an editor must show."""
import json
import os
import re
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import editors_install  # noqa: E402
from editor import PYTHON, WHYALIVE, has_agent  # noqa: E402
from leaky import NON_ASCII  # noqa: E402

# Keeps a request for each order it reads from a fifo; the name tells encodings apart.
class RealEditor(unittest.TestCase):
    """Runs a script of the editor's own language that prints one line of JSON beginning with RESULT."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "run").mkdir(mode=0o700)
        self.file = self.folder / "leaky.py"
        self.file.write_text(NON_ASCII, encoding="utf-8")
        for name in ("orders", "answers"):
            os.mkfifo(self.folder / name)
        self.addCleanup(self.end_target)
        self.environment = {
            "WHYALIVE": str(WHYALIVE), "PYTHON": PYTHON, "FOLDER": str(self.folder),
            "WHYALIVE_RUNTIME_DIR": str(self.folder / "run"), "HOME": str(self.folder), "TMPDIR": str(self.folder),
            "XDG_STATE_HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder),
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def end_target(self):
        for socket in (self.folder / "run").glob("*.sock"):
            try:
                os.kill(int(socket.stem), signal.SIGKILL)
            except (ProcessLookupError, ValueError):
                pass

    def result(self, command, *arguments):
        done = command.run(*arguments, environment=self.environment)
        said = done.stdout + done.stderr
        found = re.search(r"RESULT (\{.*\})", said)
        self.assertTrue(found, said[-3000:])
        return json.loads(found.group(1))

    def check_session(self, seen):
        """What every editor must have shown by the end of its script; returns the store's line."""
        self.assertEqual((seen["first"], seen["second"]), ("s1", "s2"))
        store = self.line_of("= request")
        texts = {one["line"]: one["label"] for one in seen["hints"]}
        self.assertIn("live", texts[self.line_of("class Request")])
        self.assertIn("3,600 entries", texts[self.line_of("= {}")])
        self.assertRegex(seen["hover"], r"Dispatcher\.\\?_größe holds 3,600 entries")
        self.assertTrue(any(one.startswith("Mark as expected") for one in seen["actions"]))
        self.assertEqual(seen["moved"], store + 2)
        self.assertTrue(seen["stopped"])
        return store

    def line_of(self, text):
        """0-based."""
        return next(i for i, line in enumerate(NON_ASCII.splitlines()) if text in line)


def main(install):
    """The test program: `install` makes the editor's command and hands it to the test."""
    try:
        install()
        if not has_agent():
            raise editors_install.Unavailable("no agent is built for " + PYTHON)
    except editors_install.Unavailable as reason:
        print("skipped: %s" % reason)
        sys.exit(77)
    unittest.main()
