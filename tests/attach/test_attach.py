"""whyalive attach, end to end: an unprepared process, then its heap."""
import contextlib
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))
import attach_support as support  # noqa: E402
from cli_support import CliCase  # noqa: E402

PTRACE_SEIZE = 0x4206

PROGRAM = """
import os, sys, time
class Kept: pass
kept = [Kept() for _ in range(777)]
print("ready", flush=True)
for line in sys.stdin:
    if line == "fork\\n":
        child = os.fork()
        if child == 0:
            time.sleep(600)
        print(child, flush=True)
    elif line == "stop\\n":
        sys.modules["whyalive._agent"].stop()
        print("stopped", flush=True)
    else:
        print(len(kept), sorted(m for m in sys.modules if "whyalive" in m), flush=True)
"""


def agents():
    """The versions there is an agent for in this build."""
    folder = os.path.join(support.BUILD, "agent", "python", "whyalive")
    found = set()
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        match = re.match(r"_agent\.cpython-3(\d+)-", name)
        if match:
            found.add((3, int(match.group(1))))
    return found


class Attach(CliCase):
    def start_unprepared(self, interpreter, code=PROGRAM):
        process = subprocess.Popen(interpreter.command("-c", code), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, universal_newlines=True)
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            stream.close()

    @staticmethod
    def ask(process, line):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    def test_every_version_that_has_an_agent_shows_its_heap(self):
        versions = agents()
        self.assertTrue(versions, "no agent was built")
        for interpreter in support.interpreters():
            if interpreter.version not in versions or interpreter.root:
                continue
            with self.subTest(str(interpreter)):
                process = self.start_unprepared(interpreter)
                report = self.ok("attach", str(process.pid), "--json").json()
                self.assertEqual(report["python"], "%d.%d" % interpreter.version)
                self.assertFalse(report["wasLoaded"])
                self.assertTrue(os.path.exists(report["socket"]), report)
                heap = self.ok("heap", str(process.pid), "-n", "1000", "--json").json()
                kept = [row for row in heap["rows"] if row["kind"] == "__main__.Kept"]
                self.assertEqual([row["count"] for row in kept], [777], heap["rows"][:3])
                # The process goes on, knows no more than the agent's module, and ends as it would.
                self.assertEqual(self.ask(process, "?"), "777 ['whyalive._agent']")
                process.stdin.close()
                self.assertEqual(process.wait(60), 0)
                self.assertFalse(os.path.exists(report["socket"]))

    def test_attaching_again_says_so_and_changes_nothing(self):
        process = self.start_unprepared(support.system_interpreter())
        first = self.ok("attach", str(process.pid), "--json").json()
        threads = len(os.listdir("/proc/%d/task" % process.pid))
        second = self.ok("attach", str(process.pid), "--json").json()
        self.assertTrue(second["wasLoaded"])
        self.assertEqual(second["socket"], first["socket"])
        self.assertEqual(second["python"], first["python"])
        end = time.monotonic() + 60
        while len(os.listdir("/proc/%d/task" % process.pid)) > threads and time.monotonic() < end:
            time.sleep(0.01)
        # The first attach's own thread may still have been counted.
        self.assertLessEqual(len(os.listdir("/proc/%d/task" % process.pid)), threads)

    def test_an_agent_that_listens_is_left_alone(self):
        process = self.start_unprepared(support.system_interpreter())
        self.ok("attach", str(process.pid))
        # Who is being debugged cannot be attached to: only by looking from outside does this succeed.
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self.assertEqual(libc.ptrace(PTRACE_SEIZE, process.pid, None, None), 0, os.strerror(ctypes.get_errno()))
        for method in ("automatic", "loader"):
            report = self.ok("attach", str(process.pid), "--method", method, "--json").json()
            self.assertTrue(report["wasLoaded"])
            self.assertEqual((report["method"], report["stops"], report["pauseMs"]), ("none", 0, 0))
        self.assertEqual(self.ok("attach", str(process.pid)).out.splitlines()[0],
                         "The agent was there already and listens in process %d (CPython %d.%d)."
                         % ((process.pid,) + sys.version_info[:2]))

    def test_an_agent_that_was_stopped_is_started_again(self):
        process = self.start_unprepared(support.system_interpreter())
        first = self.ok("attach", str(process.pid), "--json").json()
        self.assertEqual(self.ask(process, "stop"), "stopped")
        second = self.ok("attach", str(process.pid), "--method", "loader", "--json").json()
        self.assertTrue(second["wasLoaded"])
        self.assertEqual((second["method"], second["socket"]), ("loader", first["socket"]))
        self.check_reachable(process.pid)

    def test_a_child_forked_later_has_its_own_agent(self):
        process = self.start_unprepared(support.system_interpreter())
        self.ok("attach", str(process.pid))
        child = int(self.ask(process, "fork"))
        try:
            socket = os.path.join(self.environment["WHYALIVE_RUNTIME_DIR"], "%d.sock" % child)
            end = time.monotonic() + 60
            while not os.path.exists(socket) and time.monotonic() < end:
                time.sleep(0.01)
            self.assertTrue(os.path.exists(socket))
            self.assertIn("__main__.Kept", self.ok("heap", str(child), "-n", "1000", "--json").out)
        finally:
            os.kill(child, 9)

    def test_the_sentence_for_people_says_how_long_it_stood_still(self):
        process = self.start_unprepared(support.system_interpreter())
        outcome = self.ok("attach", str(process.pid))
        self.assertRegex(outcome.out, r"The agent listens in process %d \(CPython 3\.\d+\)\." % process.pid)
        self.assertRegex(outcome.out, r"One thread stood still for [\d.]+ (ms|us|µs|s)\.")

    def test_a_version_without_an_agent_says_how_to_build_it(self):
        old = [one for one in support.interpreters() if one.version not in agents() and not one.root]
        if not old:
            self.skipTest("every interpreter here has an agent")
        process = self.start_unprepared(old[0])
        outcome = self.whyalive("attach", str(process.pid))
        self.assertEqual(outcome.code, 1)
        self.assertIn("there is no agent for CPython %d.%d" % old[0].version, outcome.err)
        self.assertIn("./dev build", outcome.err)
        self.assertTrue(self.ask(process, "?").startswith("777 []"))

    def test_errors_are_one_line_and_exit_code_1(self):
        for argument in ("999999999", "1"):
            outcome = self.whyalive("attach", argument)
            self.assertEqual(outcome.code, 1, outcome)
            self.assertEqual(len(outcome.err.strip().splitlines()), 1, outcome)
        self.assertEqual(self.whyalive("attach").code, 2)

    @unittest.skipUnless(os.getuid() == 0, "only root can be two users")
    def test_as_root_into_another_user_s_process(self):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            universal_newlines=True, env={"PATH": os.environ["PATH"]},
            preexec_fn=lambda: (os.setgid(65534), os.setuid(65534)))
        self.addCleanup(self.end, process)
        process.stdout.readline()
        report = json.loads(self.ok("attach", str(process.pid), "--json").out)
        self.addCleanup(self.tidy_up, report["socket"])
        self.assertEqual(os.stat(report["socket"]).st_uid, 65534)
        self.check_reachable(process.pid)

    @staticmethod
    def tidy_up(socket):
        """What the killed process has left in the folder that its user has by default."""
        os.unlink(socket)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(socket))

    def check_reachable(self, pid):
        """Whatever its user and its files are: every command finds the agent."""
        heap = self.ok("heap", str(pid), "-n", "1000", "--json").json()
        self.assertEqual([row["count"] for row in heap["rows"] if row["kind"] == "__main__.Kept"], [777])
        listed = self.ok("ps", "--json").json()["processes"]
        self.assertEqual([one["agent"] for one in listed if one["pid"] == pid], ["loaded"])

    @unittest.skipUnless(os.getuid() == 0, "only root can become another user")
    def test_another_user_s_process_is_refused_with_the_remedy(self):
        process = self.start_unprepared(support.system_interpreter())
        command = "import os; os.setgid(65534); os.setuid(65534); os.execv(%r, [%r, 'attach', '%d'])" % (
            self.reachable_binary(), "whyalive", process.pid)
        done = subprocess.run([sys.executable, "-c", command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("belongs to another user", done.stderr)
        self.assertIn("sudo", done.stderr)

    @unittest.skipUnless(os.getuid() == 0 and shutil.which("unshare"), "only root can make namespaces")
    def test_in_a_container_s_namespaces_and_files(self):
        script = "mount -t tmpfs none /tmp && exec %s -c '%s'" % (
            sys.executable, PROGRAM.replace("'", "'\"'\"'"))
        outer = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True,
            env={"PATH": os.environ["PATH"]})
        self.addCleanup(self.end, outer)
        outer.stdout.readline()
        with open("/proc/%d/task/%d/children" % (outer.pid, outer.pid)) as file:
            pid = int(file.read().split()[0])
        self.addCleanup(os.kill, pid, 9)
        report = self.ok("attach", str(pid), "--json").json()
        self.assertEqual(report["socket"], "/proc/%d/root/tmp/whyalive-0/1.sock" % pid)
        self.assertTrue(os.path.exists(report["socket"]))
        self.assertEqual(os.listdir("/proc/%d/root/tmp" % pid), ["whyalive-0"], "a copy was left behind")
        self.check_reachable(pid)
        self.assertTrue(self.ask(outer, "?").startswith("777"))

    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_by_the_debugger(self):
        process = self.start_unprepared(support.system_interpreter())
        report = self.ok("attach", str(process.pid), "--method", "debugger", "--json").json()
        self.assertEqual(report["method"], "debugger")
        self.assertTrue(os.path.exists(report["socket"]), report)
        self.assertTrue(self.ask(process, "?").startswith("777"))
        self.assertEqual(self.ok("heap", str(process.pid), "--json").json()["by"], "kind")

    def reachable_binary(self):
        """A copy that any user can run, with the agents next to it."""
        folder = self.path("bin")
        os.chmod(self.folder, 0o755)
        os.mkdir(folder, 0o755)
        shutil.copy(os.path.join(support.BUILD, "whyalive"), folder)
        os.makedirs(os.path.join(folder, "agent", "python", "whyalive"))
        return os.path.join(folder, "whyalive")


if __name__ == "__main__":
    unittest.main()
