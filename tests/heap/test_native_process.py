"""Memory that an extension takes behind small objects, in a real process: compressors of zlib, a few hundred kB of
malloc's memory each, behind an object of some hundred bytes. Rule R4 must name who keeps them."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from cli_support import CliCase  # noqa: E402

PROGRAM = '''
import sys
import zlib

class Uploads:
    def __init__(self):
        self.open = {}

    def begin(self, number):
        self.open[number] = zlib.compressobj()

uploads = Uploads()
print("\\nready", flush=True)
for line in sys.stdin:
    for number in range(int(line)):
        uploads.begin(len(uploads.open))
    print("\\nready", flush=True)
'''
MOST_OF = 150_000  # of the 268 kB that a compressor takes with its default settings


class NativeProcess(CliCase):
    def suspects(self, *arguments):
        return self.ok("suspects", *arguments, "--json").json()["suspects"]

    def begin(self, process, count):
        process.stdin.write("%d\n" % count)
        process.stdin.flush()
        while process.stdout.readline() not in ("ready\n", ""):
            pass

    def test_who_keeps_compressors_is_named_with_what_they_take(self):
        process = self.start_with_agent(self.write("program.py", PROGRAM))
        snapshots = [self.path("first"), self.path("second")]
        for path, count in zip(snapshots, (100, 60)):
            self.begin(process, count)
            self.ok("snapshot", process.pid, "-o", path)

        one = self.suspects(snapshots[0])[0]
        self.assertEqual(one["kind"], "native")
        self.assertEqual(one["holder"]["expression"], "__main__.uploads.open")
        self.assertEqual(one["types"][0]["type"], "zlib.Compress")
        self.assertGreater(one["retained"], 100 * MOST_OF)
        self.assertIn("spread evenly", one["note"])

        two = self.suspects(snapshots[1], "--since", snapshots[0])[0]
        self.assertEqual(two["kind"], "native")
        self.assertEqual(two["holder"]["expression"], "__main__.uploads.open")
        self.assertEqual(two["growth"]["count"], 60)
        self.assertGreater(two["growth"]["bytes"], 60 * MOST_OF)
        self.assertLess(two["growth"]["bytes"], 60 * 2 * 268_000)
        self.assertIn("malloc has handed out", two["note"])


if __name__ == "__main__":
    unittest.main()
