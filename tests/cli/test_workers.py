"""whyalive ps shows a pre-forking server and its workers as one family, each with an agent of its own."""
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_support import PYTHON, ROOT, WHYALIVE, CliCase  # noqa: E402

FOLDER = os.path.join(ROOT, ".cache", "gunicorn")
APP = """
import os
class Request: pass
kept = []
def app(environ, start_response):
    kept.append(Request())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def gunicorn():
    """A real one, installed once beside the repository's other downloads."""
    program = os.path.join(FOLDER, "bin", "gunicorn")
    if not os.path.exists(program):
        try:
            subprocess.run([PYTHON, "-m", "venv", "--clear", FOLDER], check=True, capture_output=True)
            subprocess.run([os.path.join(FOLDER, "bin", "pip"), "install", "--quiet", "gunicorn"],
                           check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError):
            return None
    return program


@unittest.skipUnless(gunicorn(), "gunicorn cannot be installed here")
class Workers(CliCase):
    def serve(self, prefix):
        self.write("web.py", APP)
        socket = self.path("web.sock")
        log = open(self.path("log"), "w")
        self.addCleanup(log.close)
        server = subprocess.Popen(
            [*prefix, os.path.join(FOLDER, "bin", "python"), "-m", "gunicorn", "--workers", "3",
             "--timeout", "120", "--bind", "unix:" + socket, "--chdir", self.folder, "web:app"],
            stdout=log, stderr=log, env=dict(self.environment, HOME=self.folder))
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        end = time.monotonic() + 60
        while len(self.family(server.pid)) < 4 and time.monotonic() < end:
            self.assertIsNone(server.poll(), self.log())
            time.sleep(0.05)
        return server, socket

    def log(self):
        with open(self.path("log")) as file:
            return file.read()

    def family(self, pid):
        """The server and its workers; the test itself is a Python and heads the family."""
        listed = self.ok("ps", "--json").json()["processes"]
        members = [one for one in listed if pid in (one["pid"], one["parentPid"])]
        self.assertLessEqual(len({one["familyPid"] for one in members}), 1)
        return members

    def wait_for_agents(self, pid, count):
        end = time.monotonic() + 60
        while True:
            loaded = [one["pid"] for one in self.family(pid) if one["agent"] == "loaded"]
            if len(loaded) == count or time.monotonic() > end:
                return loaded
            time.sleep(0.05)

    def requests(self, socket, count):
        """How many requests each worker answered."""
        answered = {}
        for _ in range(count):
            done = subprocess.run([PYTHON, "-c", CLIENT, socket], capture_output=True, text=True)
            pid = int(done.stdout)
            answered[pid] = answered.get(pid, 0) + 1
        return answered

    def check_family(self, server, socket):
        loaded = self.wait_for_agents(server.pid, 4)
        self.assertEqual(len(loaded), 4, self.family(server.pid))
        answered = self.requests(socket, 12)
        self.assertEqual(sum(answered.values()), 12)
        for pid, count in answered.items():
            rows = self.ok("heap", pid, "--by", "type", "-n", 100000, "--json").json()["rows"]
            self.assertEqual([one["count"] for one in rows if one["kind"] == "web.Request"], [count])
        depths = {}  # of the branches drawn before the commands
        for line in self.ok("ps").out.splitlines():
            if self.folder in line:
                depths[int(line.split()[0])] = line.find("└─ ")
        below = [depth for pid, depth in depths.items() if pid != server.pid]
        self.assertEqual(below, [depths[server.pid] + 3] * 3, depths)

    def test_started_with_the_agent_inside(self):
        server, socket = self.serve([WHYALIVE, "run", "--"])
        self.check_family(server, socket)
        self.assertNotIn("Warning", self.log())

    def test_attached_to_while_it_runs_with_its_family(self):
        server, socket = self.serve([])
        self.ok("attach", server.pid, "--family")
        self.check_family(server, socket)
        # A worker that the server starts from now on has an agent from its first moment.
        worker = self.family(server.pid)[1]["pid"]
        os.kill(worker, 9)
        end = time.monotonic() + 60
        while worker in self.wait_for_agents(server.pid, 4) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(len(self.wait_for_agents(server.pid, 4)), 4)


CLIENT = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
data = b""
while True:
    part = s.recv(4096)
    if not part: break
    data += part
print(data.split(b"\\r\\n\\r\\n")[1].decode())
"""

if __name__ == "__main__":
    unittest.main()
