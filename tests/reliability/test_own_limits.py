"""What whyalive itself may run out of: descriptors, memory, room on the disk, and its own life while it saves. Each
time one clear sentence, the process that is looked at goes on, and no file is lost or left half written."""
import os
import re
import subprocess
import sys
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "cli"), os.path.join(TESTS, "lsp")]
from cli_support import BUILD, WHYALIVE, CliCase, Outcome, echo_program  # noqa: E402
from editor import PATIENCE, Editor, RequestFailed  # noqa: E402

LIMITED = ("/bin/sh", "-c", "ulimit %s; exec \"$@\"", "sh")


def limited(limit):
    return (*LIMITED[:2], LIMITED[2] % limit, LIMITED[3])


def sanitizers():
    """What our programs are built with: "", "address,undefined" or "thread"."""
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        found = re.search(r"^WHYALIVE_SANITIZE:\w+=(\S+)", file.read(), re.M)
    return found[1] if found else ""


class OwnLimits(CliCase):
    def setUp(self):
        super().setUp()
        self.target = self.start_with_agent(self.write("app.py", echo_program(
            "kept = [{'a': [i]} for i in range(60000)]")))
        self.saves = self.path("saves")
        os.mkdir(self.saves)
        self.file = os.path.join(self.saves, "s.whyalive")

    def run_limited(self, limit, *arguments):
        done = subprocess.run([*limited(limit), WHYALIVE, *map(str, arguments)], capture_output=True, text=True,
                              env=self.environment, check=False, stdin=subprocess.DEVNULL)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def outcomes(self, limits, *arguments):
        """Each limit gives the answer or one sentence; returns the sentences."""
        said = []
        for limit in limits:
            outcome = self.run_limited(limit, *arguments)
            if outcome.code == 127:
                continue  # the limit leaves no room to load the program
            self.assertIn(outcome.code, (0, 1), (limit, outcome))
            if outcome.code == 1:
                self.assertRegex(outcome.err, r"\Awhyalive: [^\n]*; [^\n]*\n\Z", limit)
                said.append(outcome.err)
        self.assertUnharmed(self.target)
        return said

    @unittest.skipIf(sanitizers(), "sanitizers look at memory through descriptors of their own")
    def test_descriptors_on_the_command_line(self):
        said = self.outcomes(["-n %d" % count for count in range(3, 14)], "snapshot", self.target.pid, "-o", self.file)
        self.assertTrue(said)
        for line in said:
            self.assertRegex(line, "any more files; raise the limit|Too many open files")
        self.assertEqual(os.listdir(self.saves), ["s.whyalive"])

    @unittest.skipIf(sanitizers(), "sanitizers need more address space than a limit would leave")
    def test_memory_on_the_command_line(self):
        self.ok("snapshot", self.target.pid, "-o", self.file)
        said = self.outcomes(["-v %d" % (mib * 1024) for mib in range(24, 120, 6)], "suspects", self.file)
        self.assertTrue(said)
        for line in said:
            self.assertRegex(line, "not enough memory|more than there are|another thread")

    @unittest.skipIf(sanitizers(), "sanitizers look at memory through descriptors of their own")
    def test_descriptors_of_the_server(self):
        worked = failed = 0
        for count in range(8, 30, 3):
            with Editor(env=self.environment, prefix=limited("-n %d" % count)) as editor:
                try:
                    editor.initialize()
                except (AssertionError, BrokenPipeError):
                    editor.process.wait(PATIENCE)
                    self.assertRegex(editor.complaints(), "any more files|Too many open files|error while loading")
                    continue
                try:
                    editor.request("whyalive/snapshot", {"pid": self.target.pid})
                    worked += 1
                except RequestFailed as error:
                    self.assertRegex(error.message, "any more files|Too many open files")
                    self.assertEqual(error.data["kind"], "resource-exhausted")
                    failed += 1
                editor.request("whyalive/suspects", {})  # the session goes on
        self.assertGreater(worked, 0)
        self.assertUnharmed(self.target)

    @unittest.skipIf(sanitizers() == "thread", "ThreadSanitizer begins by writing half a megabyte to a file")
    def test_every_size_that_a_file_may_have(self):
        self.ok("snapshot", self.target.pid, "-o", self.file)
        blocks = os.path.getsize(self.file) // 512
        self.write("saves/s.whyalive", "precious")
        said = self.outcomes(["-f %d" % limit for limit in range(0, blocks, blocks // 8 + 1)],
                             "snapshot", self.target.pid, "-o", self.file)
        self.assertGreater(len(said), 6)
        for line in said:
            self.assertIn("cannot write %s: File too large; choose another place" % self.file, line)
        self.assertEqual(os.listdir(self.saves), ["s.whyalive"])
        with open(self.file, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount a small file system")
    def test_a_full_disk_and_then_another_place(self):
        small = self.path("small")
        os.mkdir(small)
        mount = ("unshare", "--mount", "/bin/sh", "-c",
                 "mount -t tmpfs -o size=64k none %s && exec \"$@\"" % small, "sh")
        if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
            self.skipTest("no file system can be mounted here")
        with Editor(env=self.environment, prefix=mount) as editor:
            editor.initialize()
            editor.request("whyalive/snapshot", {"pid": self.target.pid})
            error = editor.error("whyalive/saveSnapshot", {"path": os.path.join(small, "s.whyalive")})
            self.assertRegex(error.message, "cannot write .*: No space left on device")
            self.assertEqual(error.data["kind"], "resource-exhausted")
            self.assertEqual(os.listdir("/proc/%d/root%s" % (editor.process.pid, small)), [])
            editor.request("whyalive/saveSnapshot", {"path": self.file})
        self.ok("heap", self.file)

    def test_killed_while_it_saves(self):
        self.ok("snapshot", self.target.pid, "-o", self.file)
        began = time.monotonic()
        self.ok("snapshot", self.target.pid, "-o", self.file)
        whole, killed = time.monotonic() - began, 0
        for part in range(1, 13):
            saving = subprocess.Popen([WHYALIVE, "snapshot", str(self.target.pid), "-o", self.file],
                                      env=self.environment, stdout=subprocess.DEVNULL)
            try:
                saving.wait(whole * part / 10)
            except subprocess.TimeoutExpired:
                saving.kill()
                saving.wait()
                killed += 1
            self.ok("heap", self.file)  # whole: the one before, or the new one
            self.assertEqual([name for name in os.listdir(self.saves) if name != "s.whyalive"], [])
        self.assertGreater(killed, 0)
        self.assertUnharmed(self.target)


if __name__ == "__main__":
    unittest.main()
