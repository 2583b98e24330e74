"""Whatever is asked wrongly gets one clear sentence with what to do next, and no target is harmed."""
import os
import signal
import struct
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "agent")]
from agent_client import hold_copy, signal_copy  # noqa: E402
from cli_support import PYTHON, WHYALIVE, CliCase, echo_program

LARGE = echo_program("kept = [[n, str(n)] for n in range(2000000)]")


class BadTargets(CliCase):
    def test_no_such_process(self):
        process = subprocess.Popen(["/bin/true"])
        process.wait()
        for command in (["heap"], ["suspects"], ["snapshot", "-o", self.path("x")]):
            line = self.fails(command[0], process.pid, *command[1:])
            self.assertIn("there is no process %d" % process.pid, line)
            self.assertIn("whyalive ps", line)
        self.assertIn("there is no process 99999999999999", self.fails("heap", "99999999999999"))
        self.assertIn("there is no process 0", self.fails("heap", "0"))

    def test_not_a_python(self):
        process = self.start(["/bin/sh", "-c", "echo ready; read line; echo pong"])
        line = self.fails("heap", process.pid)
        self.assertRegex(line, r"process %d \((da)?(sh|bash)\) is not a Python process" % process.pid)
        self.assertIn("whyalive ps", line)
        self.assertUnharmed(process)

    def test_no_agent_inside(self):
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        line = self.fails("heap", process.pid)
        self.assertIn("process %d has no whyalive agent in it; " % process.pid, line)
        self.assertIn("whyalive run", line)
        self.assertUnharmed(process)

    @unittest.skipUnless(os.geteuid() == 0, "only root can start processes of another user")
    def test_another_users_process_is_one_like_any_to_root(self):
        os.chmod(self.folder, 0o755)
        script = self.write("app.py", echo_program())
        python = next(p for p in ("/usr/bin/python3", PYTHON) if os.path.exists(p))
        process = subprocess.Popen([python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, user=65534, group=65534, extra_groups=[])
        self.addCleanup(self.stop, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        line = self.fails("heap", process.pid)
        self.assertIn("process %d has no whyalive agent in it" % process.pid, line)
        self.assertUnharmed(process)

    def test_a_stopped_process_is_told_apart(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        process.send_signal(signal.SIGSTOP)
        line = self.fails("heap", process.pid)
        process.send_signal(signal.SIGCONT)
        self.assertIn("process %d is stopped, so its agent cannot answer" % process.pid, line)
        self.assertIn("kill -CONT %d" % process.pid, line)
        self.assertUnharmed(process)

    def test_the_target_dies_during_the_snapshot(self):
        process = self.start_with_agent(self.write("app.py", LARGE))
        snapshot = subprocess.Popen([WHYALIVE, "snapshot", str(process.pid), "-o", self.path("x")],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    env=self.environment)
        # The moment to strike: the frozen copy exists, so the walk has begun; and it gets no further.
        copy = hold_copy(process.pid, lambda: snapshot.poll() is not None)
        process.kill()
        out, err = snapshot.communicate(timeout=120)
        signal_copy(copy, signal.SIGCONT)
        self.assertEqual((snapshot.returncode, out), (1, ""), err)
        self.assertRegex(err, r"\Awhyalive: [^\n]*process %d[^\n]*\n\Z" % process.pid)
        self.assertFalse(os.path.exists(self.path("x")))
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("x")], [])

    def test_an_agent_of_another_version(self):
        process = self.start([PYTHON, self.write("old.py", OLD_AGENT)])
        line = self.fails("heap", process.pid)
        self.assertIn("is of version 9.9.9", line)
        self.assertIn("restart the process with the agent of this version", line)


# Speaks the agent's protocol, of another version.
OLD_AGENT = """
import json, os, socket
path = os.path.join(os.environ["WHYALIVE_RUNTIME_DIR"], "%d.sock" % os.getpid())
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
print("ready", flush=True)
while True:
    client, _ = server.accept()
    data = b""
    while b"\\r\\n\\r\\n" not in data or not data.endswith(b"}"):
        data += client.recv(4096)
    request = json.loads(data.split(b"\\r\\n\\r\\n", 1)[1])
    body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": {
        "protocol": 9, "formatVersion": 9, "agentVersion": "9.9.9", "pid": os.getpid(),
        "python": "3.11.7", "executable": "x", "command": ["x"], "startTime": "0"}}).encode()
    client.sendall(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
    client.recv(4096)
    client.close()
"""


class BadFiles(CliCase):
    def snapshot(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        path = self.path("good.whyalive")
        self.ok("snapshot", process.pid, "-o", path)
        with open(path, "rb") as file:
            return path, file.read()

    def test_no_such_file_and_no_file_at_all(self):
        missing = self.path("missing.whyalive")
        line = self.fails("heap", missing)
        self.assertIn("cannot open %s: No such file or directory; " % missing, line)
        self.assertIn("whyalive snapshot", line)
        self.assertIn("%s is not a file" % self.folder, self.fails("heap", self.folder))

    def test_a_foreign_file(self):
        for content in ("", "hello", b"\x00" * 100000, b"PK\x03\x04" + b"\xff" * 1000):
            path = self.write("foreign", content)
            self.assertIn("%s is not a whyalive snapshot; make one with: whyalive snapshot" % path,
                          self.fails("heap", path))

    def test_a_truncated_file(self):
        _, content = self.snapshot()
        for part in (1000, len(content) // 2, len(content) - 1):
            path = self.write("cut.whyalive", content[:part])
            line = self.fails("suspects", path)
            self.assertRegex(line, r"cut\.whyalive (is cut short: \d+ of \d+ bytes are there); ")

    def test_a_damaged_file(self):
        _, content = self.snapshot()
        middle = len(content) // 2
        path = self.write("bad.whyalive", content[:middle] + bytes([content[middle] ^ 0xFF]) +
                          content[middle + 1:])
        self.assertRegex(self.fails("heap", path), r"bad\.whyalive is damaged: section \d+ ")

    def test_a_file_of_another_version(self):
        _, content = self.snapshot()
        path = self.write("new.whyalive", content[:8] + struct.pack("<I", 99) + content[12:])
        self.assertIn("new.whyalive has snapshot format 99, this whyalive reads 1; read it with the "
                      "whyalive that made it", self.fails("heap", path))

    def test_a_place_that_cannot_be_written(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        line = self.fails("snapshot", process.pid, "-o", self.path("no/such/folder/x"))
        self.assertIn("cannot write %s: No such file or directory; " % self.path("no/such/folder/x"),
                      line)
        self.assertUnharmed(process)

    def test_a_disk_that_is_full(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        precious = self.write("x.whyalive", "precious")
        limited = subprocess.run(["/bin/sh", "-c", "ulimit -f 8; exec \"$@\"", "sh",
                                  WHYALIVE, "snapshot", str(process.pid), "-o", precious],
                                 capture_output=True, text=True, env=self.environment, check=False)
        self.assertEqual(limited.returncode, 1, limited)
        self.assertRegex(limited.stderr, r"\Awhyalive: cannot write [^\n]*: File too large; [^\n]*\n\Z")
        with open(precious, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")
        self.assertEqual([n for n in os.listdir(self.folder) if ".part" in n], [])
        self.assertUnharmed(process)


class BadQuestions(CliCase):
    def setUp(self):
        super().setUp()
        process = self.start_with_agent(self.write("app.py", echo_program("class Order: pass")))
        self.file = self.path("a.whyalive")
        self.ok("snapshot", process.pid, "-o", self.file)

    def test_unknown_types_ids_and_addresses(self):
        self.assertIn("Order", self.fails("why", self.file, "--type", "Ordr"))
        self.assertIn("99999999", self.fails("why", self.file, "--id", "99999999"))
        self.assertIn("no object at this address",
                      self.fails("why", self.file, "--address", "0x10"))
        self.assertIn("xyz is not a number", self.fails("why", self.file, "--id", "xyz"))

    def test_why_wants_exactly_one_way_to_choose(self):
        for more in ([], ["--id", "1", "--type", "x"]):
            outcome = self.whyalive("why", self.file, *more)
            self.assertEqual(outcome.code, 2, outcome)
            self.assertEqual(len(outcome.err.splitlines()), 1, outcome)

    def test_a_source_that_does_not_parse(self):
        source = self.write("broken.py", "import os\n\ndef f(:\n    return ]\n")
        line = self.fails("annotate", self.file, source)
        self.assertRegex(line, r"broken\.py does not parse as Python at line \d+; correct that line")

    def test_a_source_that_is_not_there(self):
        line = self.fails("annotate", self.file, self.path("none.py"))
        self.assertIn("cannot open %s: No such file or directory" % self.path("none.py"), line)


if __name__ == "__main__":
    unittest.main()
