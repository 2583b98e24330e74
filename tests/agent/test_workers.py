"""Processes that a process with an agent starts have agents of their own: forked, spawned, or made by a
fork server; and forking looks to the program as it does without an agent."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import PACKAGE, AgentClient, Target, require_agent  # noqa: E402

PYTHONS = require_agent()

FORKS = """
import json, os, sys, threading, warnings
class Kept: pass
kept = [Kept() for _ in range(31)]
shown = []
warnings.showwarning = lambda message, *rest, **more: shown.append(str(message))
warnings.simplefilter("always")
before = list(warnings.filters)
theirs, mine = os.pipe()
def say(*facts):  # in one piece: two processes write to this pipe
    os.write(1, json.dumps(facts).encode() + b"\\n")
def fork():
    pid = os.fork()
    if pid == 0:
        kept.append(Kept())
        say(os.getpid(), warnings.filters == before)
        os.close(mine)
        os.read(theirs, 1)  # until the parent ends
        os._exit(0)
    for _ in range(100): pass  # where what is pending is done
    return pid, len(shown), warnings.filters == before
print("ready", flush=True)
for line in sys.stdin:
    if line == "fork\\n":
        pid, count, same = fork()
        say(pid, count, same)
    if line == "thread\\n":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        print("null", flush=True)
    if line == "end\\n":
        break
"""

POOL = """
import json, multiprocessing, os, sys, time
class Kept: pass
kept = None
def work(queue, hold):
    global kept
    kept = [Kept() for _ in range(17)]
    queue.put(os.getpid())
    hold.wait()
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    queue, hold = context.SimpleQueue(), context.Event()
    workers = [context.Process(target=work, args=(queue, hold), daemon=True) for _ in range(2)]
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "start\\n":
            for one in workers: one.start()
            print(json.dumps([queue.get() for _ in workers]), flush=True)
        if line == "end\\n":
            hold.set()
            for one in workers: one.join()
            print(json.dumps([one.exitcode for one in workers]), flush=True)
"""

SUBPROCESS = """
import json, subprocess, sys
code = "import sys; kept = [object() for _ in range(5)]; print('up', flush=True); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(child.pid), flush=True)
"""


class Workers(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python, tuple(int(part) for part in version.split(".")[:2])

    @staticmethod
    def fork(target):
        """What the child and the parent say of themselves, in whichever order they do."""
        answers = [target.ask("fork"), json.loads(target.process.stdout.readline())]
        return sorted(answers, key=len)

    def counts(self, target, pid, name):
        with target.client(pid) as client:
            self.assertEqual(client.hello()["pid"], pid)
            found = {one["type"]: one["count"] for one in client.request("agent/counts")["types"]}
            return found.get(name, 0)

    def test_a_forked_child_has_its_own_agent_and_nobody_is_warned_on_our_account(self):
        for python, version in self.each():
            with self.subTest(version), Target(python, FORKS) as target:
                child, parent = self.fork(target)
                self.assertEqual(child, [parent[0], True])
                self.assertEqual(parent[1:], [0, True])
                child = child[0]
                self.assertEqual(self.counts(target, child, "__main__.Kept"), 32)
                self.assertEqual(self.counts(target, target.pid, "__main__.Kept"), 31)
                # A thread of the program's own: from 3.12 on that is worth a warning, as ever.
                target.ask("thread")
                _, parent = self.fork(target)
                self.assertEqual(parent[1:], [1 if version >= (3, 12) else 0, True])

    def test_multiprocessing_of_every_kind(self):
        for python, version in self.each():
            for kind in ("fork", "spawn", "forkserver"):
                with self.subTest(version=version, kind=kind), Target(python, POOL, args=(kind,)) as target:
                    workers = target.ask("start")
                    self.assertEqual(len(set(workers)), 2)
                    module = "__main__" if kind == "fork" else "__mp_main__"
                    for pid in workers:
                        self.assertEqual(self.counts(target, pid, module + ".Kept"), 17)
                        with target.client(pid) as client:
                            self.assertGreater(client.take_bytes()[1]["objectCount"], 1000)
                    self.assertEqual(target.ask("end"), [0, 0])
                    for pid in workers:  # ended workers leave no socket behind
                        self.gone(os.path.join(target.folder, "run", "%d.sock" % pid))

    def gone(self, path):
        """A forked worker of multiprocessing ends by os._exit, without its exit handlers; the next
        agent or `whyalive ps` tidies up behind it. Nobody answers there in any case."""
        if os.path.exists(path):
            with self.assertRaises((ConnectionRefusedError, FileNotFoundError)):
                AgentClient(path)

    def test_a_subprocess_that_is_a_python(self):
        for python, version in self.each():
            with self.subTest(version), Target(python, SUBPROCESS) as target:
                child = target.ask("pid")
                with target.client(child) as client:
                    self.assertEqual(client.hello()["pid"], child)

    def alone(self, python, code, threads=False):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([python, "-W", "ignore" if threads else "default", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env=dict(os.environ, PYTHONPATH=PACKAGE, WHYALIVE="1",
                                           WHYALIVE_RUNTIME_DIR=folder), timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_nobody_is_warned_who_never_imported_warnings_or_has_hooks_of_his_own(self):
        for python, version in self.each():
            with self.subTest(version):
                self.assertEqual(self.alone(python, """if 1:
                    import os
                    class Logger:
                        def release(self):
                            for _ in range(1000): pass
                    os.register_at_fork(before=Logger().release, after_in_parent=Logger().release)
                    pid = os.fork()
                    if pid:
                        print(os.waitpid(pid, 0)[1])"""), ["0"])

    def test_a_child_ends_with_the_last_of_its_own_threads(self):
        """It was forked by another thread than the main one, and nothing in it runs to an exit."""
        for python, version in self.each():
            with self.subTest(version):
                self.assertEqual(self.alone(python, """if 1:
                    import os, threading
                    def forks(then):
                        pid = os.fork()
                        if pid:
                            print(os.waitpid(pid, 0)[1])
                        else:
                            then()
                    def goes_on():  # so that the child's main thread ends before it
                        def outlives():
                            while open("/proc/self/stat").read().rpartition(")")[2].split()[0] != "Z":
                                pass
                        threading.Thread(target=outlives).start()
                    for then in (lambda: None, goes_on):
                        thread = threading.Thread(target=forks, args=(then,))
                        thread.start()
                        thread.join()""", threads=True), ["0", "0"])

    def test_the_twin_of_a_snapshot_is_no_worker(self):
        with Target(next(iter(PYTHONS)), FORKS) as target, target.client() as client:
            for _ in range(5):
                client.take_bytes()
            self.assertEqual(os.listdir(os.path.join(target.folder, "run")), ["%d.sock" % target.pid])


if __name__ == "__main__":
    unittest.main()
