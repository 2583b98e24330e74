"""Colours and progress are for terminals, and only for those that want them."""
import errno
import os
import pty
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import WHYALIVE, CliCase, echo_program


class Terminal(CliCase):
    def on_terminal(self, *arguments, **environment):
        """What a terminal shows: stdout and stderr together."""
        outer, inner = pty.openpty()
        merged = {**self.environment, "TERM": "xterm", "NO_COLOR": "", **environment}
        process = subprocess.Popen([WHYALIVE, *map(str, arguments)], stdin=inner, stdout=inner,
                                   stderr=inner, env=merged)
        os.close(inner)
        shown = b""
        while True:
            try:
                data = os.read(outer, 65536)
            except OSError as error:
                if error.errno != errno.EIO:  # the other end is closed
                    raise
                break
            if not data:
                break
            shown += data
        os.close(outer)
        self.assertEqual(process.wait(), 0, shown)
        return shown.decode()

    def test_colours_come_on_a_terminal_unless_told_otherwise(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        self.assertIn("\x1b[32mloaded\x1b[0m", self.on_terminal("ps"))
        self.assertNotIn("\x1b[3", self.on_terminal("ps", NO_COLOR="1"))
        self.assertNotIn("\x1b[3", self.on_terminal("ps", TERM="dumb"))
        self.assertNotIn("\x1b", self.ok("ps", env={"NO_COLOR": ""}).out)
        self.assertIn("\x1b[1mIndex", self.on_terminal("heap", process.pid))

    def test_rows_fit_the_width_of_the_terminal(self):
        self.start_with_agent(self.write("app.py", echo_program()), "x" * 500)
        lines = self.on_terminal("ps", NO_COLOR="1").splitlines()
        self.assertLessEqual(max(len(line) for line in lines), 80)
        self.assertTrue([line for line in lines if line.endswith("…")])

    def test_a_suspects_line_of_code_is_cut_to_the_width_of_the_terminal(self):
        process = self.start_with_agent(self.write("app.py", echo_program(
            "kept = []\nfor n in range(9000): kept.append([str(n) * 9, %s])" % " + ".join(["n"] * 40))))
        lines = [line for line in self.on_terminal("suspects", process.pid, NO_COLOR="1").splitlines()
                 if "kept.append(" in line]
        self.assertTrue(lines and lines[0].endswith("…"), lines)
        self.assertLessEqual(len(lines[0]), 80)
        self.assertIn("n + n])", self.ok("suspects", process.pid).out)

    def test_long_work_shows_how_far_it_is_and_cleans_up(self):
        for millions in (1, 2, 4, 8):  # what is long depends on the machine
            process = self.start_with_agent(self.write("app.py", echo_program(
                "kept = [[n, str(n)] for n in range(%d)]" % (millions * 1000000))))
            shown = self.on_terminal("heap", process.pid)
            if "\x1b[K[" in shown:
                break
            process.kill()
        self.assertRegex(shown, r"\r\x1b\[K\[[#.]{24}\] \d+% \w+")
        self.assertTrue(shown.replace("\r\n", "\n").split("\r\x1b[K")[-1].startswith("Partition of"), shown)
        self.assertUnharmed(process)

    def test_waiting_shows_how_far_it_is_and_cleans_up(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        for seconds in (1, 4, 16):  # a busy machine may leave a bar no time to be drawn
            shown = self.on_terminal("diff", process.pid, "--during", seconds)
            if "letting it run" in shown:
                break
        self.assertRegex(shown, r"\r\x1b\[K\[[#.]{24}\] \d+% letting it run")
        self.assertTrue(shown.replace("\r\n", "\n").split("\r\x1b[K")[-1].startswith("From before to after"), shown)
        self.assertUnharmed(process)

    def test_waiting_is_quiet_where_nobody_looks(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        done = self.ok("diff", process.pid, "--during", "0.5")
        self.assertNotIn("letting it run", done.out + done.err)
        self.assertNotIn("\x1b", done.out + done.err)


if __name__ == "__main__":
    unittest.main()
