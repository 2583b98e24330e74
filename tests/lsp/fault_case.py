"""For tests that break things on purpose: processes with an agent in them, an editor, and what must hold afterwards."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "agent")]
from agent_client import hold_copy, signal_copy  # noqa: E402
from editor import BUILD, PYTHON, Editor, RequestFailed, has_agent  # noqa: E402

PROGRAM = """
import os, resource, sys
class Kept: pass
kept = [{"a": [i], "b": Kept()} for i in range(int(sys.argv[1]))]
held = []
print("ready", flush=True)
for line in sys.stdin:
    if line == "exec\\n":
        os.execv(sys.executable, [sys.executable, "-c", "print('other', flush=True); input()"])
    elif line == "fork\\n":
        pid = os.fork()
        if pid == 0: os._exit(0)
        print(os.waitpid(pid, 0)[1], flush=True)
    elif line == "descriptors\\n":
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, most))
        try:
            while True: held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            print(error.errno, flush=True)
    else:
        print(len(kept), flush=True)
"""


@unittest.skipUnless(has_agent(), "no agent is built for " + PYTHON)
class FaultCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wa-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.runtime = os.path.join(self.folder, "run")
        self.editor = self.new_editor()

    def new_editor(self, **more):
        editor = Editor(env={"WHYALIVE_RUNTIME_DIR": self.runtime}, **more)
        self.addCleanup(editor.kill)
        editor.initialize()
        return editor

    def start(self, size=1000, agent=True, program=PROGRAM, env=None):
        environment = dict(os.environ, WHYALIVE_RUNTIME_DIR=self.runtime, **(env or {}))
        if agent:
            environment.update(WHYALIVE="1", PYTHONPATH=str(BUILD / "agent/python"))
        process = subprocess.Popen([PYTHON, "-c", program, str(size)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def ask(self, process, line="count"):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    def attach(self, process, editor=None):
        return (editor or self.editor).request("whyalive/attach", {"pid": process.pid})

    def begin_snapshot(self, step=None, editor=None):
        """Starts a snapshot of what is attached; returns the request when it has come to this step, the first
        one without. Steps come in one order, so one that was passed by unseen counts, too."""
        editor = editor or self.editor
        seen = len(editor.notifications)
        number = editor.start("whyalive/snapshot", {})

        def there():
            values = [one["params"]["value"] for one in editor.notifications[seen:]
                      if one["method"] == "$/progress"]
            told = [one.get("message") for one in values]
            return number in editor.replies or (values if step is None else step in told)
        editor.wait(there, "the step %r" % step)
        return number

    def begin_held_snapshot(self, process):
        """Starts a snapshot of what is attached; returns the request when its walk has begun and goes no further."""
        while True:
            number = self.begin_snapshot()
            copy = hold_copy(process.pid, lambda: number in self.editor.replies)
            if copy:
                self.addCleanup(signal_copy, copy, signal.SIGCONT)
                return number

    def processes(self):
        """Of this test: copies that were not asked for any more would be here, too. pid -> name."""
        mark, found = os.fsencode("WHYALIVE_RUNTIME_DIR=%s\0" % self.runtime), {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if mark in Path("/proc", name, "environ").read_bytes():
                    found[int(name)] = Path("/proc", name, "comm").read_text().strip()
            except OSError:
                continue  # it has ended, or is not ours
        return found

    def assertNothingLeft(self, *expected):
        """Soon no process but these is there, and no socket that nobody listens at."""
        wanted = {process.pid for process in expected}
        end = time.monotonic() + 60
        while (now := self.processes()).keys() != wanted:
            self.assertLess(time.monotonic(), end, "left behind: %r, expected %r" % (now, wanted))
            time.sleep(0.05)
        subprocess.run([str(BUILD / "whyalive"), "ps"], stdout=subprocess.DEVNULL, check=True,
                       env=dict(os.environ, WHYALIVE_RUNTIME_DIR=self.runtime))
        names = {"%d.sock" % pid for pid in wanted}
        self.assertLessEqual(set(os.listdir(self.runtime)), names)

    def snapshot_when_free(self, editor):
        """A snapshot, once the agent has given up the one that nobody wants any more."""
        end = time.monotonic() + 60
        while True:
            try:
                return editor.request("whyalive/snapshot", {})
            except RequestFailed as error:
                self.assertIn("busy taking another snapshot", str(error))
                self.assertLess(time.monotonic(), end)
                time.sleep(0.01)
