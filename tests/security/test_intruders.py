"""Who is not the user gets nothing: other users, forged agents, planted sockets, hostile heaps.

docs/security.md is the threat model; each test here is one of its rows.
"""

import json
import os
import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from cli_support import PYTHON, CliCase, echo_program  # noqa: E402

NOBODY = 65534

# Says what it hears back after it asked the agent at argv[1] for a snapshot.
STRANGER = """
import json, socket, sys
body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "agent/snapshot", "params": {}}).encode()
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
try:
    s.connect(sys.argv[1])
    s.sendall(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
    data, control, _, _ = s.recvmsg(65536, socket.CMSG_SPACE(64))
    print("heard", len(data), len(control))
except OSError as error:
    print("refused", type(error).__name__)
"""

# Says what a frozen copy greets it with: its welcome brings the whole snapshot as a descriptor.
STRANGER_TO_A_COPY = """
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(60)
try:
    s.connect(sys.argv[1])
    data, control, _, _ = s.recvmsg(65536, socket.CMSG_SPACE(64))
    print("heard", len(data), len(control))
except OSError as error:
    print("refused", type(error).__name__)
"""

# Listens at argv[1] and answers like an agent of process argv[2]; tells what it is asked.
FORGED_AGENT = """
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
server.listen()
print("ready", flush=True)
while True:
    client, _ = server.accept()
    data = b""
    while not data.endswith(b"}"):
        more = client.recv(4096)
        if not more:
            break
        data += more
    if data:
        request = json.loads(data.split(b"\\r\\n\\r\\n", 1)[1])
        print(request["method"], flush=True)
        body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": {
            "protocol": 1, "formatVersion": 1, "agentVersion": "0.1.0", "pid": int(sys.argv[2]),
            "python": "3.11.7", "executable": "x", "command": ["x"], "startTime": "0"}}).encode()
        client.sendall(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
    client.close()
"""

HOSTILE = """
class Leak: pass
Leak.__module__ = "\\x1b]0;owned\\x07<script>alert(1)</script>"
Leak.__qualname__ = "\\x1b[2J[click](command:workbench.action.terminal.new) `x` </td>"
held = {"\\x1b[31m<img src=x onerror=alert(1)>%d" % i: Leak() for i in range(300)}
"""


def root_only(test):
    return unittest.skipUnless(os.geteuid() == 0, "only root can act as another user")(test)


class Intruders(CliCase):
    def runtime(self):
        return self.environment["WHYALIVE_RUNTIME_DIR"]

    def socket_of(self, pid):
        return os.path.join(self.runtime(), f"{pid}.sock")

    def as_nobody(self, code, *arguments):
        python = next(p for p in ("/usr/bin/python3", PYTHON) if os.path.exists(p))
        return subprocess.run([python, "-c", code, *map(str, arguments)], user=NOBODY, group=NOBODY,
                              extra_groups=[], capture_output=True, text=True, timeout=120, check=False)

    @root_only
    def test_another_user_cannot_reach_the_socket(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        os.chmod(self.folder, 0o755)
        done = self.as_nobody(STRANGER, self.socket_of(process.pid))
        self.assertEqual(done.stdout, "refused PermissionError\n")
        self.assertUnharmed(process)

    @root_only
    def test_another_user_who_reaches_the_socket_is_hung_up_on(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        for folder in (self.folder, self.runtime()):  # as if the folder's rights had been lost
            os.chmod(folder, 0o755)
        os.chmod(self.socket_of(process.pid), 0o777)
        done = self.as_nobody(STRANGER, self.socket_of(process.pid))
        self.assertIn(done.stdout, ("heard 0 0\n", "refused ConnectionResetError\n",
                                    "refused BrokenPipeError\n"))
        self.assertUnharmed(process)

    @root_only
    def test_another_user_who_reaches_a_frozen_copy_is_hung_up_on(self):
        process = self.start_with_agent(self.write("app.py", echo_program("secret = 'hunter2'")))
        self.ok("snapshot", process.pid, "-o", self.path("s.whyalive"), "--keep", "5")
        copy = next(Path(self.runtime()).glob("*.twin"))
        for folder in (self.folder, self.runtime()):  # as if the folder's rights had been lost
            os.chmod(folder, 0o755)
        os.chmod(copy, 0o777)
        done = self.as_nobody(STRANGER_TO_A_COPY, copy)
        self.assertIn(done.stdout, ("heard 0 0\n", "refused ConnectionResetError\n",
                                    "refused BrokenPipeError\n"))
        os.chmod(self.runtime(), 0o700)
        self.assertUnharmed(process)

    def test_a_forged_agent_of_the_same_user_is_told_by_its_pid(self):
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        forger = self.start([PYTHON, "-c", FORGED_AGENT, self.socket_of(process.pid), str(process.pid)])
        line = self.fails("heap", process.pid)
        self.assertIn(str(process.pid), line)
        self.assertNotIn("agent/snapshot", self.said_by(forger))

    @root_only
    def test_a_forged_agent_of_another_user_hears_nothing(self):
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        path = self.socket_of(process.pid)
        for folder in (self.folder, self.runtime()):
            os.chmod(folder, 0o777)
        python = next(p for p in ("/usr/bin/python3", PYTHON) if os.path.exists(p))
        forger = self.start(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                             python, "-c", FORGED_AGENT, path, str(process.pid)])
        os.chmod(self.runtime(), 0o700)
        self.fails("heap", process.pid)
        self.assertEqual(self.said_by(forger), "")

    def said_by(self, forger):
        forger.kill()
        return forger.stdout.read()

    def test_a_planted_link_is_not_followed(self):
        elsewhere = self.path("elsewhere")
        os.mkdir(elsewhere, 0o700)
        link = self.path("link")
        os.symlink(elsewhere, link)
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        line = self.fails("heap", process.pid, env={"WHYALIVE_RUNTIME_DIR": link})
        self.assertIn("is not a folder", line)
        self.assertEqual(os.listdir(elsewhere), [])

    def test_a_folder_that_others_can_enter_is_refused(self):
        os.chmod(self.runtime(), 0o755)
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        line = self.fails("heap", process.pid)
        self.assertIn("is open to other users; run chmod 700", line)

    def test_a_file_in_place_of_a_socket(self):
        process = self.start([PYTHON, self.write("app.py", echo_program())])
        Path(self.socket_of(process.pid)).write_text("not a socket")
        self.fails("heap", process.pid)
        self.assertEqual(Path(self.socket_of(process.pid)).read_text(), "not a socket")


class HostileHeap(CliCase):
    """Names and strings of the target may look like anything; they are data wherever they go."""

    def setUp(self):
        super().setUp()
        self.target = self.start_with_agent(self.write("app.py", echo_program(HOSTILE)))
        self.snapshot = self.path("s.whyalive")
        self.ok("snapshot", self.target.pid, "-o", self.snapshot)

    def test_nothing_that_a_terminal_obeys_is_printed(self):
        for command in (["heap", "--by", "type", "-n", "30"],
                        ["why", "--type", "dict", "-n", "3"],
                        ["sql", "SELECT type, text(id) FROM objects WHERE text(id) LIKE '%onerror%' LIMIT 9"]):
            with self.subTest(command[0]):
                out = self.ok(command[0], self.snapshot, *command[1:]).out
                self.assertNotIn("\x1b", out)
                self.assertNotIn("\x07", out)
                if command[0] != "why":
                    self.assertIn("\\x1b", out)

    def test_json_is_json(self):
        for command in ("heap", "suspects"):
            json.loads(self.ok(command, self.snapshot, "--json").out)

    def test_a_picture_has_no_markup_of_theirs(self):
        svg = self.path("x.svg")
        kind = next(row["type"] for row in self.ok("heap", self.snapshot, "--by", "type", "--json", "-n", "500")
                    .json()["rows"] if "script" in row["type"])
        self.ok("graph", self.snapshot, "--type", kind, "-n", "3", "-o", svg)
        text = Path(svg).read_text()
        for mark in ("<script", "<img", "\x1b"):
            self.assertNotIn(mark, text)


class NoListener(CliCase):
    def test_nothing_listens_on_a_network(self):
        process = self.start_with_agent(self.write("app.py", echo_program()))
        inodes = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")}
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in Path(f"/proc/{process.pid}/net/{table}").read_text().splitlines()[1:]:
                self.assertNotIn(f"socket:[{line.split()[9]}]", inodes)
        # The private socket alone, in the file system where its folder protects it.
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(os.path.join(self.environment["WHYALIVE_RUNTIME_DIR"], f"{process.pid}.sock"))
        abstract = [line for line in Path(f"/proc/{process.pid}/net/unix").read_text().splitlines()
                    if f"socket:[{line.split()[6]}]" in inodes and line.split()[-1].startswith("@")]
        self.assertEqual(abstract, [])


if __name__ == "__main__":
    unittest.main()
