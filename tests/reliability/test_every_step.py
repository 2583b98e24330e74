"""Each fault at each step of a snapshot: one clear sentence or, where the fault comes too late to matter, the
snapshot; the process goes on, the next snapshot works, and nothing is left behind."""
import contextlib
import os
import re
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lsp"))
from editor import PATIENCE, RequestFailed  # noqa: E402
from fault_case import FaultCase  # noqa: E402

# In the order in which they come: in the process, in its copy, in the server.
STEPS = (None, "waiting", "walking", "writing", "finding dominators")
OBJECTS = 40000


class EveryStep(FaultCase):
    def outcome(self, number, *sentences):
        """The snapshot, or None after one of these sentences."""
        try:
            return self.editor.reply(number)
        except RequestFailed as error:
            self.assertNotIn("\n", error.message)
            self.assertTrue(any(re.fullmatch(one, error.message) for one in sentences), error.message)
            return None

    def assertFine(self, process):
        self.assertEqual(self.ask(process), str(OBJECTS))
        self.assertGreater(self.editor.request("whyalive/counts", {"pid": process.pid})["objects"], OBJECTS)

    def copy_of(self, process):
        for pid, name in self.processes().items():
            if name == "whyalive-twin":
                try:
                    status = Path("/proc/%d/status" % pid).read_text()
                except FileNotFoundError:
                    continue
                if "\nPPid:\t%d\n" % process.pid in status:
                    return pid
        return None

    def kill(self, pid, how):
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)

    def test_the_process_is_killed(self):
        for step in STEPS:
            with self.subTest(step):
                process = self.start(OBJECTS)
                self.attach(process)
                number = self.begin_snapshot(step)
                process.kill()
                self.outcome(number, "process %d has ended" % process.pid,
                             "there is no process %d" % process.pid)
                self.assertEqual(process.wait(PATIENCE), -signal.SIGKILL)
                self.assertNothingLeft(self.editor.process)

    def test_the_process_is_stopped(self):
        process = self.start(OBJECTS)
        self.attach(process)
        for step in STEPS:
            with self.subTest(step):
                number = self.begin_snapshot(step)
                process.send_signal(signal.SIGSTOP)
                said = self.outcome(number, "process %d is stopped, so its agent cannot answer" % process.pid)
                process.send_signal(signal.SIGCONT)
                if said is None:
                    self.assertIn("kill -CONT", self.editor.replies[number]["error"]["data"]["remedy"])
                self.assertFine(process)
        self.editor.leave()
        self.assertNothingLeft(process)

    def test_the_process_becomes_another_program(self):
        for step in STEPS:
            with self.subTest(step):
                process = self.start(OBJECTS)
                self.attach(process)
                number = self.begin_snapshot(step)
                self.assertEqual(self.ask(process, "exec"), "other")
                self.outcome(number, "the agent in process %d closed the connection" % process.pid)
                self.assertNothingLeft(self.editor.process, process)
                process.kill()
                process.wait()

    def test_the_process_forks(self):
        process = self.start(OBJECTS)
        self.attach(process)
        for step in STEPS:
            with self.subTest(step):
                number = self.begin_snapshot(step)
                for _ in range(5):
                    self.assertEqual(self.ask(process, "fork"), "0")
                self.assertGreater(self.editor.reply(number)["objects"], OBJECTS)
        self.editor.leave()
        self.assertNothingLeft(process)

    def test_the_copy_is_killed(self):
        for how in (signal.SIGKILL, signal.SIGSEGV):
            process = self.start(OBJECTS)
            self.attach(process)
            for step in STEPS:
                with self.subTest(step, how=how):
                    number = self.begin_snapshot(step)
                    copy = self.copy_of(process)
                    self.kill(copy, how)
                    self.outcome(number, r"the copy of the process died while walking the heap \(signal %d\)" % how,
                                 "the frozen copy of the process has ended")
                    self.assertFine(process)
            process.kill()
            process.wait()

    def test_the_copy_is_stopped_and_the_snapshot_cancelled(self):
        process = self.start(OBJECTS)
        self.attach(process)
        number = self.begin_snapshot("walking")
        self.kill(self.copy_of(process), signal.SIGSTOP)
        self.editor.notify("$/cancelRequest", {"id": number})
        self.outcome(number, "(the [a-z]+|[a-z ]+) was cancelled")
        self.assertFine(process)
        self.editor.leave()
        for pid, name in self.processes().items():
            if name == "whyalive-twin":
                self.kill(pid, signal.SIGCONT)  # one that had finished, and was to stay
        self.assertNothingLeft(process)

    def test_the_request_is_cancelled(self):
        process = self.start(OBJECTS)
        self.attach(process)
        for step in STEPS:
            with self.subTest(step):
                number = self.begin_snapshot(step)
                self.editor.notify("$/cancelRequest", {"id": number})
                self.outcome(number, "(the [a-z]+|[a-z ]+) was cancelled")
                self.assertFine(process)

    def test_the_server_is_killed(self):
        process = self.start(OBJECTS)
        for step in STEPS:
            with self.subTest(step):
                self.attach(process)
                self.begin_snapshot(step)
                self.editor.kill()
                self.assertNothingLeft(process)
                self.editor = self.new_editor()
                self.attach(process)
                self.assertFine(process)

    def test_the_editor_is_gone(self):
        process = self.start(OBJECTS)
        for step in STEPS:
            with self.subTest(step):
                self.attach(process)
                self.begin_snapshot(step)
                self.editor.process.stdin.close()
                self.editor.process.stdout.close()
                self.assertEqual(self.editor.process.wait(PATIENCE), 1)
                self.assertNothingLeft(process)
                self.editor = self.new_editor()
        self.assertEqual(self.ask(process), str(OBJECTS))

    def test_the_socket_is_removed(self):
        process = self.start(OBJECTS)
        path = Path(self.runtime, "%d.sock" % process.pid)
        for step in (None, "walking"):
            with self.subTest(step):
                self.attach(process)
                number = self.begin_snapshot(step)
                path.unlink()
                self.assertGreater(self.editor.reply(number)["objects"], OBJECTS)
                end = time.monotonic() + PATIENCE
                while not path.exists():  # the agent sees to it
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.01)
        self.editor.leave()
        self.assertNothingLeft(process)


if __name__ == "__main__":
    unittest.main()
