"""whyalive watch: growth since the first count, in JSON, as text and in place on a terminal."""
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import fcntl
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import WHYALIVE, CliCase  # noqa: E402

PROGRAM = """
import sys
class Session: pass
kept = [Session() for _ in range(100)]
print("ready", flush=True)
for line in sys.stdin:
    kept.extend(Session() for _ in range(int(line)))
    print("grown", flush=True)
"""


class Watch(CliCase):
    def program(self):
        return self.start_with_agent(self.write("app.py", PROGRAM))

    def watch(self, *arguments, **more):
        process = subprocess.Popen([WHYALIVE, "watch", *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment, text=True, **more)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def grow(self, process, count):
        process.stdin.write("%d\n" % count)
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "grown\n")

    def test_json_lines_say_what_grew_since_the_first(self):
        process = self.program()
        watch = self.watch(process.pid, "--json", "--interval", 0.05, "-n", 5)
        first = json.loads(watch.stdout.readline())
        self.assertEqual(len(first["types"]), 5)
        self.assertEqual({one["countGrowth"] for one in first["types"]}, {0})
        self.grow(process, 5000)
        for line in watch.stdout:
            top = json.loads(line)["types"][0]
            if top["countGrowth"] == 5000:
                break
        self.assertEqual((top["type"], top["count"]), ("__main__.Session", 5100))
        self.assertGreater(top["bytesGrowth"], 5000 * 16)
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(60), 0)

    def test_tables_follow_each_other_where_there_is_no_terminal(self):
        process = self.program()
        watch = self.watch(process.pid, "--interval", 0.05, "--by", "size")
        text = ""
        while text.count("\n\n") < 2:
            text += watch.stdout.readline()
        for block in text.split("\n\n")[:2]:
            lines = block.splitlines()
            self.assertRegex(lines[0], r"process %d .*objects \(.*RSS .*counted in" % process.pid)
            self.assertEqual(lines[1].split(), ["COUNT", "GROWTH", "SIZE", "GROWTH", "TYPE"])
            self.assertEqual(len(lines), 22)
        self.assertNotIn("\x1b", text)

    def test_it_ends_after_its_duration_which_holds_a_count_at_least(self):
        process = self.program()
        outcome = self.ok("watch", process.pid, "--json", "--duration", 0.001)
        self.assertTrue(json.loads(outcome.out.splitlines()[0])["types"])

    def test_on_a_terminal_it_draws_in_place_and_fits_the_window(self):
        process = self.program()
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
        watch = subprocess.Popen([WHYALIVE, "watch", str(process.pid), "--interval", "0.05"],
                                 stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                 env=self.environment)
        os.close(theirs)
        self.addCleanup(os.close, ours)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        text = b""
        while text.count(b"\x1b[J") < 3:
            text += os.read(ours, 4096)
        self.assertIn(b"\x1b[10A", text)  # head, titles and eight rows; two lines stay free
        for line in re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", text).decode().splitlines():
            self.assertLessEqual(len(line), 60)
        self.assertNotRegex(text, rb"\x1b\[[0-9]+m")  # NO_COLOR

    def test_it_says_when_the_process_ends_or_has_no_agent(self):
        process = self.program()
        watch = self.watch(process.pid, "--interval", 0.05)
        watch.stdout.readline()
        process.kill()
        process.wait()
        out, errors = watch.communicate(timeout=60)
        self.assertEqual(watch.returncode, 1)
        self.assertIn("process %d has ended" % process.pid, errors)
        plain = self.start([sys.executable, "-c", "print('ready', flush=True); input()"])
        line = self.fails("watch", plain.pid)
        self.assertIn("has no whyalive agent in it", line)
        self.assertIn("whyalive attach %d" % plain.pid, line)
        self.assertEqual(self.whyalive("watch", plain.pid, "--interval", "0").code, 2)


if __name__ == "__main__":
    unittest.main()
