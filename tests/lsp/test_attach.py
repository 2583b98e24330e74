"""An editor attaches to processes that nobody prepared: the agent is loaded, or a sentence says why not."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "attach"))
import attach_support as support  # noqa: E402
from editor import BUILD, PYTHON, Editor, has_agent  # noqa: E402

PROGRAM = """
import sys
class Kept: pass
kept = [Kept() for _ in range(777)]
print("ready", flush=True)
sys.stdin.read()
"""


def agents():
    found = (BUILD / "agent/python/whyalive").glob("_agent.cpython-*.so")
    return {(3, int(one.name.split("-")[1][1:])) for one in found}


@unittest.skipUnless(has_agent(), "no agent is built for " + PYTHON)
class Attach(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.editor = Editor(env={"WHYALIVE_RUNTIME_DIR": folder.name + "/run"})
        self.addCleanup(self.editor.kill)
        self.editor.initialize()

    def start(self, command, **more):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   **more)
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.communicate()

    def refused(self, pid, kind, *words):
        error = self.editor.error("whyalive/attach", {"pid": pid})
        self.assertEqual(error.data["kind"], kind, error.message)
        for word in words:
            self.assertIn(word, error.message + " " + error.data["remedy"])

    def test_an_unprepared_process_is_loaded_asked_left_and_joined_again(self):
        process = self.start([PYTHON, "-c", PROGRAM])
        joined = self.editor.request("whyalive/attach", {"pid": process.pid})
        self.assertEqual(joined["pid"], process.pid)
        self.assertEqual(joined["command"], [PYTHON, "-c", PROGRAM])
        self.editor.request("whyalive/snapshot", {})
        rows = self.editor.request("whyalive/partition", {"by": "type"})["rows"]
        self.assertIn(("__main__.Kept", 777), [(row["kind"], row["count"]) for row in rows])
        self.editor.request("whyalive/detach", {})
        listed = self.editor.request("whyalive/processes", {})["processes"]
        self.assertEqual([one["agent"] for one in listed if one["pid"] == process.pid], ["loaded"])
        self.editor.request("whyalive/attach", {"pid": process.pid, "load": False})

    def test_a_snapshot_of_an_unprepared_process_loads_the_agent_too(self):
        process = self.start([PYTHON, "-c", PROGRAM])
        taken = self.editor.request("whyalive/snapshot", {"pid": process.pid})
        self.assertEqual(taken["pid"], process.pid)
        self.assertGreater(taken["objects"], 777)

    def test_load_false_joins_only_an_agent_that_is_there(self):
        process = self.start([PYTHON, "-c", PROGRAM])
        threads = os.listdir("/proc/%d/task" % process.pid)
        error = self.editor.error("whyalive/attach", {"pid": process.pid, "load": False})
        self.assertEqual(error.data["kind"], "not-found")
        self.assertIn("whyalive attach %d" % process.pid, error.data["remedy"])
        self.assertEqual(os.listdir("/proc/%d/task" % process.pid), threads)

    def test_a_version_without_an_agent_names_the_command_that_builds_it(self):
        old = [one for one in support.interpreters() if one.version not in agents() and not one.root]
        if not old:
            self.skipTest("every interpreter here has an agent")
        process = self.start(old[0].command("-c", PROGRAM))
        self.refused(process.pid, "unsupported",
                     "there is no agent for CPython %d.%d" % old[0].version, "./dev build")

    def test_seccomp_that_would_kill_the_process_is_said_and_the_process_lives(self):
        with support.Target(support.system_interpreter(), "seccomp-kill-threads") as target:
            self.refused(target.pid, "unsupported", "seccomp")
            self.assertEqual(target.finish()["wrong"], 0)

    def test_a_process_that_is_traced_already_names_its_tracer(self):
        process = self.start([PYTHON, "-c", PROGRAM])
        tracer = self.start([PYTHON, "-c", TRACER, str(process.pid)])
        self.refused(process.pid, "permission-denied", "process %d" % tracer.pid, "detach")

    @unittest.skipUnless(os.getuid() == 0, "only root can be two users")
    def test_another_user_and_a_root_without_the_capability_are_told_what_they_lack(self):
        process = self.start([PYTHON, "-c", PROGRAM])
        self.editor.kill()
        self.editor = Editor(env={"WHYALIVE_RUNTIME_DIR": "/tmp/whyalive-%d" % os.getpid()},
                             prefix=["setpriv", "--reuid", "65534", "--clear-groups"])
        self.addCleanup(self.editor.kill)
        self.editor.initialize()
        self.refused(process.pid, "permission-denied", "another user", "run whyalive as root")


TRACER = """
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
assert libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0, ctypes.get_errno()  # SEIZE
print("ready", flush=True)
sys.stdin.read()
"""

if __name__ == "__main__":
    unittest.main()
