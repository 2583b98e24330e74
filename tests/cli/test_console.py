"""A Python console in the frozen copy: piped, for scripts, and at a real terminal."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import PYTHON, ROOT, WHYALIVE, CliCase, echo_program  # noqa: E402

NODES = """
class Node:
    def __init__(self, number):
        self.number, self.parent = number, None
    def __str__(self):
        return "<node %d/>" % self.number

nodes = [Node(n) for n in range(300)]
for one in nodes[1:]:
    one.parent = nodes[0]
touched = []
"""


class Console(CliCase):
    def program(self):
        return self.start_with_agent(self.write("app.py", echo_program(NODES)))

    def pipe(self, target, source, *arguments):
        done = subprocess.run([WHYALIVE, "console", str(target), *arguments], input=source,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.environment, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_pipes_work(self):
        process = self.program()
        self.assertEqual(self.pipe(process.pid, 'len(heap.by_type("Node"))'), (0, "300\n", ""))
        code, out, err = self.pipe(process.pid, "touched.append(1)\nfor n in nodes[:2]:\n    print(n)\n"
                                   "len(touched)\n1/0\nprint('never')\n")
        self.assertEqual((code, out), (1, "<node 0/>\n<node 1/>\n1\n"))
        self.assertIn("ZeroDivisionError", err)
        self.assertEqual(self.pipe(process.pid, "len(touched)")[1], "0\n")
        self.assertUnharmed(process)

    def test_other_interpreters_are_told_of(self):
        process = self.start_with_agent(self.write("app.py", echo_program("""
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
others = [interpreters.create() for _ in range(2)]
""")))
        code, out, err = self.pipe(process.pid, "len(others)")
        self.assertEqual((code, out), (0, "2\n"))
        self.assertIn("The process has 2 other interpreters; this is the main one", err)
        self.assertUnharmed(process)

    def test_what_guards_the_copy_is_said_where_it_is_less(self):
        kernel = os.path.join(ROOT, "tests", "agent", "other_kernel.py")
        process = self.start([sys.executable, "-I", kernel, "seccomp,landlock", WHYALIVE, "run", "--python", PYTHON,
                              "--", self.write("app.py", echo_program(NODES))])
        path = self.path("a.whyalive")
        copy = self.ok("snapshot", process.pid, "-o", path, "--keep", 5, "--json").json()["copy"]
        notes = [p["note"] for p in self.ok("ps", "--json").json()["processes"] if p["pid"] == copy]
        self.assertIn("no seccomp and no Landlock guards what runs in it", notes[0])
        code, out, err = self.pipe(copy, "len(nodes)")
        self.assertEqual((code, out), (0, "300\n"))
        self.assertIn("This kernel has neither seccomp filters nor Landlock", err)
        self.assertUnharmed(process)

    def test_the_heap_answers(self):
        process = self.program()
        code, out, err = self.pipe(process.pid, """
node = heap.by_type('__main__.Node')[7]
node.number in range(300), heap.count('Node'), heap.count(Node)
heap.object(heap.id(node)) is node
any(o is nodes for o in heap.referrers(node))
heap.path(nodes[0]).labels
heap.path(nodes[0])[-1] is nodes[0]
heap.sql("SELECT count(*) FROM objects WHERE type = '__main__.Node'")[0][0]
heap.path(object())
""")
        lines = out.splitlines()
        self.assertEqual(lines[:3], ["(True, 300, 300)", "True", "True"], (out, err))
        self.assertIn("nodes", lines[3])
        self.assertEqual(lines[4:], ["True", "300"], (out, err))
        self.assertEqual(code, 1)
        self.assertIn("LookupError: that object is not in the snapshot", err)

    def test_a_copy_kept_with_a_snapshot_file(self):
        process = self.program()
        path = self.path("a.whyalive")
        report = self.ok("snapshot", process.pid, "-o", path, "--keep", 5, "--json").json()
        copies = [p for p in self.ok("ps", "--json").json()["processes"] if p["pid"] == report["copy"]]
        self.assertEqual([(p["agent"], p["parentPid"]) for p in copies], [("copy", process.pid)])
        self.assertIn("of its own", copies[0]["note"])
        identity = self.ok("sql", path, "--csv", "SELECT id FROM objects WHERE type = '__main__.Node'")
        number = identity.out.split()[1]
        for target in (path, report["copy"]):
            self.assertEqual(self.pipe(target, "str(_)[:5]\nlen(nodes)\n", "--object", number)[1],
                             "'<node'\n300\n")
        os.kill(report["copy"], signal.SIGTERM)
        while any(p["pid"] == report["copy"] for p in self.ok("ps", "--json").json()["processes"]):
            time.sleep(0.05)
        self.assertIn("has ended", self.fails("console", path, "-c", "1"))
        self.ok("snapshot", process.pid, "-o", path)
        self.assertIn("no frozen copy was kept", self.fails("console", path, "-c", "1"))
        self.assertUnharmed(process)

    def test_what_goes_wrong_is_said(self):
        process = self.program()
        self.assertIn("no process", self.fails("console", 999999999))
        outcome = self.whyalive("console", process.pid, "-c", "import ctypes; ctypes.string_at(8)")
        self.assertEqual(outcome.code, 1)
        self.assertIn("Segmentation fault", outcome.err)
        outcome = self.whyalive("console", process.pid, "--timeout", "0.3", "-c", "while True: pass")
        self.assertEqual(outcome.code, 1)
        self.assertIn("out of time", outcome.err)
        value = self.whyalive("console", process.pid, "--json", "-c", "open('/tmp/x', 'w')").json()
        self.assertEqual(value["error"]["type"], "PermissionError")
        self.assertIn("frozen copy", value["error"]["traceback"])
        self.assertUnharmed(process)


class Live(CliCase):
    def live(self, process, code, *arguments, **more):
        return self.whyalive("console", process.pid, "--live", "-c", code, *arguments, **more)

    def test_the_process_itself_only_with_a_yes_and_never_unseen(self):
        process = self.start_with_agent(self.write("app.py", echo_program(NODES)))
        self.assertIn("without a yes", self.fails("console", process.pid, "--live", "-c", "nodes.clear()"))
        self.assertEqual(self.whyalive("console", process.pid, "-c", "len(nodes)").out, "300\n")
        outcome = self.live(process, "nodes.clear()\nprint('cleared')\nimport gc; gc.collect() >= 0", "--yes")
        self.assertEqual((outcome.code, outcome.out, outcome.err), (0, "cleared\nTrue\n", ""))
        self.assertEqual(self.whyalive("console", process.pid, "-c", "len(nodes)").out, "0\n")
        value = self.live(process, "1/0", "--yes", "--json").json()
        self.assertEqual((value["pid"], value["error"]["type"]), (process.pid, "ZeroDivisionError"))
        outcome = self.live(process, "while True: pass", "--yes", "--timeout", "0.5")
        self.assertEqual(outcome.code, 1)
        self.assertIn("TimeoutError", outcome.err)
        with open(os.path.join(self.environment["WHYALIVE_RUNTIME_DIR"], "live.log"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("process %d client" % process.pid, lines[0])
        self.assertIn("nodes.clear()\\nprint('cleared')", lines[0])
        self.assertUnharmed(process)

    def test_a_program_can_forbid_it(self):
        process = self.start_with_agent(self.write("app.py", echo_program(NODES)), env={"WHYALIVE_LIVE": "0"})
        outcome = self.live(process, "nodes.clear()", "--yes")
        self.assertEqual(outcome.code, 1)
        self.assertIn("does not allow code", outcome.err)
        self.assertUnharmed(process)


class AtATerminal(CliCase):
    def setUp(self):
        super().setUp()
        self.environment["XDG_STATE_HOME"] = self.path("state")
        self.environment["TERM"] = "xterm"
        self.process = self.start_with_agent(self.write("app.py", echo_program(NODES)))
        self.shown = ""

    def open(self, *arguments):
        self.master, inner = pty.openpty()
        attributes = termios.tcgetattr(inner)
        termios.tcsetattr(inner, termios.TCSANOW, attributes)
        self.console = subprocess.Popen([WHYALIVE, "console", str(self.process.pid), *arguments],
                                        stdin=inner, stdout=inner, stderr=inner, env=self.environment,
                                        preexec_fn=self.take_terminal)
        os.close(inner)
        self.addCleanup(self.close)

    @staticmethod
    def take_terminal():
        import fcntl
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def close(self):
        if self.console.poll() is None:
            self.console.kill()
        self.console.wait()
        os.close(self.master)

    def until(self, pattern):
        """What the terminal shows up to this."""
        end = time.monotonic() + 60
        while True:
            plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", self.shown)
            found = re.search(pattern, plain)
            if found:
                self.shown = plain[found.end():]
                return plain[:found.end()]
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                self.fail("%r does not come; there is %r" % (pattern, plain))
            try:
                self.shown += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                self.fail("%r does not come before the end; there is %r" % (pattern, plain))

    def type(self, text):
        os.write(self.master, text.encode())

    def test_a_conversation(self):
        self.open("--plain")
        banner = self.until(r">>> ")
        self.assertIn("touches the copy only", banner)
        self.type("nodes[2].number\n")
        self.until(r"\n2\n>>> ")
        self.type("def twice(x):\n")
        self.until(r"\.\.\. ")
        self.type("    return x * 2\n")
        self.until(r"\.\.\. ")
        self.type("\n")
        self.until(r">>> ")
        self.type("twice(_ + 1)\n")
        self.until(r"\n6\n>>> ")
        self.type("nodes[0].num\t\n")  # completion
        self.until(r"nodes\[0\]\.num\x07?ber\n0\n>>> ")
        self.type("\x1b[A\x1b[A\n")  # the line before last
        self.until(r"\n2\n>>> ")
        self.type("nothing_of_that_name\n")
        self.until(r"NameError: .*\n>>> ")
        self.type("import ctypes\n")
        self.until(r">>> ")
        self.type("ctypes.string_at(8)\n")
        self.until(r"broke the interpreter \(Segmentation fault\).*\n>>> ")
        self.type("twice(50)\n")
        self.until(r"\n100\n>>> ")
        self.type("\x04")
        self.console.wait(60)
        self.assertEqual(self.console.returncode, 0)
        history = os.path.join(self.environment["XDG_STATE_HOME"], "whyalive", "console_history")
        self.assertEqual(os.stat(history).st_mode & 0o777, 0o600)
        self.assertUnharmed(self.process)

    def test_ctrl_c(self):
        self.open("--plain")
        self.until(r">>> ")
        self.type("x = 12\n")
        self.until(r">>> ")
        for line in ("while True:", "    if x == 12: x = None; print('it', 'runs')", ""):
            self.type(line + "\n")
            self.until(r"\.\.\. " if line else "")
        self.until(r"\nit runs\n")  # an interrupt before would be one of the prompt
        self.type("\x03")
        self.until(r"KeyboardInterrupt\n>>> ")
        self.type("half an inp\x03")
        self.until(r"KeyboardInterrupt\n>>> ")
        self.type("x is None\n")
        self.until(r"\nTrue\n>>> ")

    def test_the_end_of_the_copy_is_said(self):
        self.open("--plain")
        self.until(r">>> ")
        self.process.kill()
        self.until(r"the frozen copy of the process has ended together with the process")
        self.console.wait(60)
        self.assertEqual(self.console.returncode, 1)


if __name__ == "__main__":
    unittest.main()
