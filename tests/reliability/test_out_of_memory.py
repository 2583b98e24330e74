"""The kernel ends a process of ours because memory has run out: the copy before the process that it is a copy of, and
never what is looked at; one sentence, and the next snapshot works where there is room again."""
import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lsp"))
from editor import PATIENCE  # noqa: E402
from fault_case import FaultCase  # noqa: E402

OBJECTS = 150000
LITTLE = 12 << 20  # bytes: less than a snapshot of so many objects takes, and than its analysis
# Of control groups of version 1 and 2: where they are, what limits one, where it says who was ended.
KINDS = (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"),
         ("/sys/fs/cgroup", "memory.max", "memory.events"))


class MemoryGroup:
    """A control group whose members may take so much memory from now on: what they have already does not count."""

    def __init__(self, limit):
        for root, most, self.events in KINDS:
            if not os.path.exists(os.path.join(root, "cgroup.procs")):
                continue
            try:
                self.path = Path(tempfile.mkdtemp(prefix="whyalive-test-", dir=root))
            except OSError:
                continue
            try:
                (self.path / most).write_text(str(limit))
                return
            except OSError:
                self.path.rmdir()
        raise unittest.SkipTest("no control group for memory can be made here (root and cgroups are needed)")

    def add(self, pid):
        (self.path / "cgroup.procs").write_text(str(pid))

    def killed(self):
        """How many of its processes the kernel has ended for want of memory."""
        words = dict(line.split() for line in (self.path / self.events).read_text().splitlines())
        return int(words["oom_kill"])

    def remove(self):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.path.rmdir()
            except OSError:  # one of its processes is still about to end
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)


class OutOfMemory(FaultCase):
    def group(self):
        group = MemoryGroup(LITTLE)
        self.addCleanup(group.remove)
        return group

    def test_the_copy_goes_before_the_process(self):
        group = self.group()
        process = self.start(OBJECTS)
        self.attach(process)
        group.add(process.pid)
        error = self.editor.error("whyalive/snapshot", {})
        self.assertEqual(error.message, "the copy of the process died while walking the heap (signal 9)")
        self.assertIn("more memory", error.data["remedy"])
        self.assertEqual(group.killed(), 1)
        self.assertEqual(self.ask(process), str(OBJECTS))
        self.assertGreater(self.editor.request("whyalive/counts", {})["objects"], OBJECTS)
        self.assertNothingLeft(self.editor.process, process)
        process.kill()
        process.wait()

    def test_the_server_goes_and_the_next_one_takes_over(self):
        group = self.group()
        process = self.start(OBJECTS)
        self.attach(process)
        saved = os.path.join(self.folder, "saved.whyalive")
        self.editor.request("whyalive/snapshot", {})
        self.editor.request("whyalive/saveSnapshot", {"path": saved})
        group.add(self.editor.process.pid)
        self.editor.start("whyalive/snapshot", {})
        self.assertEqual(self.editor.process.wait(PATIENCE), -signal.SIGKILL)
        self.assertEqual(group.killed(), 1)
        self.assertNothingLeft(process)
        self.assertEqual(self.ask(process), str(OBJECTS))
        self.editor = self.new_editor()
        self.assertGreater(self.editor.request("whyalive/openSnapshot", {"path": saved})["objects"], OBJECTS)
        self.attach(process)
        self.assertGreater(self.snapshot_when_free(self.editor)["objects"], OBJECTS)


if __name__ == "__main__":
    unittest.main()
