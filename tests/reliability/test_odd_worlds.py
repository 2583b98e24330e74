"""Worlds that are not as one expects: values of two gigabytes, a wall clock that jumps, a snapshot of a machine of
another byte order, an agent whose door is blocked."""
import os
import re
import signal
import socket
import struct
import sys
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "cli"), os.path.join(TESTS, "lsp")]
from cli_support import BUILD, CliCase, echo_program  # noqa: E402
from editor import Editor  # noqa: E402

TWO_GIGABYTES = 2 << 30
HUGE = """
class Holder: pass
holder = Holder()
holder.raw = bytes({size})  # never touched: takes addresses, no memory
holder.text = "x" * {text}
"""


def available_memory():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"^MemAvailable:\s+(\d+)", file.read(), re.M)[1]) * 1024


class OddWorlds(CliCase):
    def test_values_of_two_gigabytes(self):
        text = TWO_GIGABYTES if available_memory() > 4 * TWO_GIGABYTES else 1 << 20
        target = self.start_with_agent(self.write("app.py", echo_program(HUGE.format(size=TWO_GIGABYTES, text=text))))
        snapshot = self.path("s.whyalive")
        self.ok("snapshot", target.pid, "-o", snapshot)
        self.assertLess(os.path.getsize(snapshot), 32 << 20)  # beginnings of values, not values
        largest = "SELECT id, size FROM objects WHERE type = 'bytes' ORDER BY size DESC LIMIT 1"
        number, size = self.ok("sql", snapshot, largest, "--json").json()["rows"][0]
        self.assertEqual(size, sys.getsizeof(b"") + TWO_GIGABYTES)
        self.assertIn("holder", self.ok("why", snapshot, "--id", number).out)
        with Editor(env=self.environment) as editor:
            editor.initialize()
            taken = editor.request("whyalive/snapshot", {"pid": target.pid})
            shown = editor.request("whyalive/evaluate", {"snapshot": taken["snapshot"], "expression": "holder.raw"})
            self.assertLess(len(str(shown)), 1 << 20)
            length = editor.request("whyalive/evaluate", {"snapshot": taken["snapshot"],
                                                          "expression": "len(holder.raw), len(holder.text)"})
            self.assertIn("(%d, %d)" % (TWO_GIGABYTES, text), str(length))
        self.assertUnharmed(target)

    def test_a_wall_clock_that_jumps_by_days(self):
        clock = {"LD_PRELOAD": os.path.join(BUILD, "jumping_clock.so"),
                 "ASAN_OPTIONS": "verify_asan_link_order=0"}  # of `whyalive run`, which hands the clock on
        with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
            ours = {} if re.search(r"^WHYALIVE_SANITIZE:\w+=\S+", file.read(), re.M) else clock  # they come first
        body = "kept = []\nclass Order: pass\nkept += [Order() for _ in range(5000)]"
        program = "import os\nos.environ.pop('LD_PRELOAD', None)\n" + body
        target = self.start_with_agent(self.write("app.py", echo_program(program)), env=clock)
        files = [self.path(name) for name in ("a.whyalive", "b.whyalive")]
        for file in files:
            self.ok("snapshot", target.pid, "-o", file, env=ours)
        self.ok("suspects", files[1], "--since", files[0], env=ours)
        self.ok("diff", *files, env=ours)
        self.ok("ps", env=ours)
        with Editor(env=dict(self.environment, **ours)) as editor:
            editor.initialize()
            for number in range(3):
                self.assertEqual(editor.request("whyalive/snapshot", {"pid": target.pid})["snapshot"],
                                 "s%d" % (number + 1))
                self.assertGreater(editor.request("whyalive/counts", {})["objects"], 5000)
            editor.request("whyalive/diff", {"base": "s1"})
            editor.request("whyalive/timeline", {})
            self.assertEqual(editor.leave(), 0)
        self.assertUnharmed(target)

    def test_a_snapshot_of_a_machine_of_another_byte_order(self):
        target = self.start_with_agent(self.write("app.py", echo_program()))
        path = self.path("s.whyalive")
        self.ok("snapshot", target.pid, "-o", path)
        with open(path, "rb") as file:
            content = bytearray(file.read())
        (mark,) = struct.unpack_from("<I", content, 12)
        struct.pack_into(">I", content, 12, mark)
        self.write("other.whyalive", bytes(content))
        for command in ("heap", "suspects"):
            self.assertIn("byte order", self.fails(command, self.path("other.whyalive")))

    def test_an_agent_whose_door_is_blocked(self):
        target = self.start_with_agent(self.write("app.py", echo_program()))
        path = os.path.join(self.environment["WHYALIVE_RUNTIME_DIR"], "%d.sock" % target.pid)
        target.send_signal(signal.SIGSTOP)
        waiting = []
        try:
            while True:
                one = socket.socket(socket.AF_UNIX)
                waiting.append(one)
                one.setblocking(False)
                one.connect(path)
        except BlockingIOError:
            pass
        try:
            line = self.fails("heap", target.pid)
        finally:
            for one in waiting:
                one.close()
        self.assertRegex(line, "too many clients wait for the agent|is stopped")
        self.assertIn("kill -CONT", line)
        target.send_signal(signal.SIGCONT)
        self.assertUnharmed(target)
        deadline = time.monotonic() + 60  # for the agent to see that those who wait are gone
        while self.whyalive("heap", target.pid).code and time.monotonic() < deadline:
            pass
        self.ok("heap", target.pid)
        self.assertUnharmed(target)


if __name__ == "__main__":
    unittest.main()
