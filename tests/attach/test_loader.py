"""The loader against real processes: it loads a library into every kind of target, and the target, which
checks all it does, notices nothing."""
import ctypes.util
import fcntl
import glob
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "agent")]
import attach_support as support  # noqa: E402
from agent_client import wait_until  # noqa: E402
from attach_support import Target  # noqa: E402

ALL = support.interpreters()
PYTHON = support.system_interpreter()


class Loader(unittest.TestCase):
    def attach_some_times(self, mode, times=5, interpreter=PYTHON, pause=0.02, **options):
        """Attaches while the target works; it must see nothing and keep nothing."""
        with Target(interpreter, mode, **options) as target:
            threads, blocked = target.settled_threads(51 if mode == "threads" else 1), target.status("SigBlk")
            for number in range(1, times + 1):
                outcome = target.attach("--again")
                self.assertEqual(outcome["entryResult"], 0)
                self.assertEqual(outcome["python"], "%d.%d" % interpreter.version)
                self.assertEqual(len(target.wait_for_marks(number)), number)
                time.sleep(pause)
            if mode != "forks":
                self.assertEqual(target.status("SigBlk"), blocked)
                self.assert_eventually(lambda: target.threads() <= threads)
            self.assertFalse(self.pages_left(target), "the loader's pages are still mapped")
            result = target.finish()
            self.assertEqual(result["wrong"], 0, result)
            self.assertGreater(result["rounds"], 1, result)

    def assert_eventually(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(condition())

    @staticmethod
    def pages_left(target):
        """Executable memory without a file that is as large as the loader's page."""
        left = []
        with open("/proc/%d/maps" % target.pid) as maps:
            for line in maps:
                fields = line.split()
                start, end = (int(part, 16) for part in fields[0].split("-"))
                if len(fields) == 5 and fields[1] == "r-xp" and end - start == 4096:
                    left.append(line)
        return left


def for_every_interpreter(mode):
    def test(self):
        self.assertTrue(ALL, "no CPython was found")
        for interpreter in ALL:
            with self.subTest(python=str(interpreter)):
                self.attach_some_times(mode, times=3, interpreter=interpreter)
    return test


class EveryInterpreter(Loader):
    test_busy_in_python = for_every_interpreter("busy-python")
    test_busy_in_c = for_every_interpreter("busy-c")
    test_asleep = for_every_interpreter("asleep")
    test_waiting_for_a_lock = for_every_interpreter("lock")


class EveryKindOfTarget(Loader):
    def test_select(self):
        self.attach_some_times("select")

    def test_epoll(self):
        self.attach_some_times("epoll")

    def test_fifty_threads(self):
        self.attach_some_times("threads")

    def test_signals_every_millisecond(self):
        self.attach_some_times("signals", times=30)

    def test_forks_all_the_time(self):
        self.attach_some_times("forks", times=20)

    def test_threads_in_malloc(self):
        self.attach_some_times("churn", times=10)

    def test_the_only_thread_is_in_malloc(self):
        self.attach_some_times("churn-alone", times=20)

    def test_errno_is_kept(self):
        self.attach_some_times("errno", times=20)

    def test_floating_point_is_kept(self):
        self.attach_some_times("numbers", times=20)

    def test_waits_end_neither_early_nor_with_eintr(self):
        self.attach_some_times("waits", times=40, pause=0.003)

    def test_a_single_thread_s_waits_end_neither_early_nor_with_eintr(self):
        for mode in ("nanosleep", "poll"):
            with self.subTest(mode):
                self.attach_some_times(mode, times=40, pause=0.003)

    def test_jemalloc_preloaded(self):
        library = ctypes.util.find_library("jemalloc")
        if not library:
            self.skipTest("libjemalloc2 is not installed")
        for mode in ("busy-python", "churn", "churn-alone"):
            with self.subTest(mode):
                self.attach_some_times(mode, times=10, environment={"LD_PRELOAD": library})


@unittest.skipUnless(os.uname().machine == "x86_64", "the numbers of system calls are x86-64's")
class Filtered(Loader):
    def test_a_filter_that_forbids_nothing_of_ours(self):
        self.attach_some_times("seccomp-kill-ptrace")

    def test_a_filter_that_refuses_threads_is_a_reason_not_a_danger(self):
        with Target(PYTHON, "seccomp-refuse-threads") as target:
            with self.assertRaisesRegex(RuntimeError, "could not start a thread .Operation not"):
                target.attach()
            self.assertFalse(self.pages_left(target))
            self.assertEqual(target.finish()["wrong"], 0)

    def test_a_filter_that_would_kill_is_respected(self):
        with Target(PYTHON, "seccomp-kill-threads") as target:
            with self.assertRaisesRegex(RuntimeError, "the call clone would end it"):
                target.attach()
            self.assertEqual(target.finish()["wrong"], 0)


class TheLoaderDies(Loader):
    def test_at_any_moment_and_the_target_goes_on(self):
        chance = random.Random(7)
        for mode in ("busy-python", "asleep", "errno", "numbers", "poll"):
            with self.subTest(mode), Target(PYTHON, mode) as target:
                blocked = target.status("SigBlk")
                for _ in range(60):
                    loader = subprocess.Popen(
                        [support.ATTACH, str(target.pid), target.mark, support.ENTRY, target.marks,
                         "--again"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    time.sleep(0.002 + chance.random() * 0.008)
                    loader.kill()
                    loader.wait()
                # The kernel lets go of it when the loader is dead: that may take a moment.
                self.assert_eventually(lambda: target.status("SigBlk") == blocked)
                self.assert_eventually(lambda: target.status("State")[0] in "RS")
                # It can still be attached to, and all it does is right. A poll that was interrupted
                # just then may have ended with EINTR, as after any signal.
                self.assertEqual(target.attach("--again")["entryResult"], 0)
                result = target.finish()
                self.assertLessEqual(result["wrong"], 60 if mode == "poll" else 0, result)


class Refusals(unittest.TestCase):
    def refusal(self, pid, *options):
        answer = subprocess.run([support.ATTACH, str(pid), support.MARK, support.ENTRY, "x", *options],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                universal_newlines=True, timeout=60)
        self.assertEqual(answer.returncode, 1, answer.stdout)
        return answer.stderr

    def test_no_such_process(self):
        self.assertIn("no process 999999999", self.refusal(999999999))

    def test_not_a_python(self):
        process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            process.stdin.write(b"ready\n")
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), b"ready\n")
            self.assertIn("not a CPython program", self.refusal(process.pid))
        finally:
            process.kill()
            process.communicate()

    def test_python_2(self):
        paths = glob.glob(os.path.expanduser("~/.pyenv/versions/2.7*/bin/python"))
        if not paths:
            self.skipTest("no Python 2 was found")
        process = subprocess.Popen([paths[0], "-c", "print('ready'); __import__('sys').stdout.flush(); raw_input()"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(process.stdout.readline(), b"ready\n")
            self.assertIn("runs Python 2", self.refusal(process.pid))
        finally:
            process.kill()
            process.communicate()

    def test_a_stopped_process_says_how_to_go_on(self):
        with Target(PYTHON, "asleep") as target:
            target.process.send_signal(signal.SIGSTOP)
            self.assertTrue(wait_until(lambda: target.status("State")[0] == "T"))
            self.assertIn("kill -CONT", self.refusal(target.pid))
            target.process.send_signal(signal.SIGCONT)
            self.assertEqual(target.finish()["wrong"], 0)

    def test_a_debugger_is_there_already(self):
        with Target(PYTHON, "asleep") as target:
            libc = __import__("ctypes").CDLL(None, use_errno=True)
            self.assertEqual(libc.ptrace(0x4206, target.pid, 0, 0), 0)  # PTRACE_SEIZE
            try:
                self.assertIn("is tracing it already", self.refusal(target.pid))
            finally:
                libc.ptrace(0x4207, target.pid, 0, 0)  # PTRACE_INTERRUPT
                os.waitpid(target.pid, 0x40000000)
                libc.ptrace(17, target.pid, 0, 0)  # PTRACE_DETACH
            self.assertEqual(target.finish()["wrong"], 0)

    def test_a_library_that_is_not_one(self):
        with Target(PYTHON, "asleep") as target:
            with self.assertRaisesRegex(RuntimeError, "could not load the library.*no/such.so"):
                target.attach(library="/no/such.so")
            with self.assertRaisesRegex(RuntimeError, "could not load the library.*ELF"):
                target.attach(library=os.path.join(target.seen, "target.py"))
            self.assertEqual(target.finish()["wrong"], 0)

    def test_no_thread_comes_to_a_safe_point(self):
        # A file lock is waited for in a system call whose interruption is not on the safe list.
        code = ("import fcntl, sys\nf = open(sys.argv[1])\nprint('ready', flush=True)\n"
                "fcntl.flock(f, fcntl.LOCK_EX)\n")
        with tempfile.NamedTemporaryFile() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            process = subprocess.Popen([sys.executable, "-c", code, file.name], stdout=subprocess.PIPE)
            try:
                self.assertEqual(process.stdout.readline(), b"ready\n")
                self.assertTrue(wait_until(lambda: self.waits_for_a_lock(process.pid)))
                self.assertIn("came to a point where it could safely be interrupted",
                              self.refusal(process.pid, "--find-point", "300"))
            finally:
                process.kill()
                process.communicate()

    @staticmethod
    def waits_for_a_lock(pid):
        with open("/proc/locks") as file:
            return any("-> FLOCK" in line and " %d " % pid in line for line in file)


if __name__ == "__main__":
    print("Interpreters:", ", ".join(map(str, ALL)))
    unittest.main()
