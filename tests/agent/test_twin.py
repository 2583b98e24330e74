"""The process does not notice that its twin is made: each trap of copying a live process, a test."""
import contextlib
import os
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import (PACKAGE, Target, children_of, has_ended, process_name, process_state,  # noqa: E402
                          require_agent, twin_at_work, wait_until)

PYTHONS = require_agent()
SERVE = """
import json, sys
def serve(**answers):
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answers[line.strip()]()), flush=True)
"""
DESCRIPTORS = """
import os
def descriptors():
    return {name: os.readlink("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd")
            if os.path.exists("/proc/self/fd/" + name)}
"""


class Twin(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python

    def test_no_signal_no_child_to_wait_for_no_fork_hook(self):
        code = SERVE + """
import os, signal, threading
seen = []
signal.signal(signal.SIGCHLD, lambda *_: seen.append("SIGCHLD"))
for when in ("before", "after_in_parent", "after_in_child"):
    os.register_at_fork(**{when: lambda when=when: seen.append(when)})

def waits():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return "no child"
    
def waitid():
    try:
        return str(os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG))
    except ChildProcessError:
        return "no child"

stop = threading.Event()
def keep_waiting():
    while not stop.is_set():
        for one in (waits(), waitid()):
            if one != "no child":
                seen.append(one)
threading.Thread(target=keep_waiting, daemon=True).start()
serve(seen=lambda: seen, threads=lambda: len(os.listdir("/proc/self/task")),
      end=lambda: stop.set())
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                threads = target.ask("threads")
                for _ in range(20):
                    client.take_bytes()
                self.assertEqual(target.ask("seen"), [])
                self.assertTrue(wait_until(lambda: target.ask("threads") == threads), target.ask("threads"))
                self.assertTrue(wait_until(lambda: not children_of(target.pid)), children_of(target.pid))

    def test_descriptors_are_untouched(self):
        code = SERVE + DESCRIPTORS + "serve(descriptors=descriptors)\n"
        for python in self.each():
            with Target(python, code, agent=False,
                        env={"PYTHONPATH": PACKAGE, "WHYALIVE": "0"}) as target:
                without = target.ask("descriptors")
            with Target(python, code) as target, target.client() as client:
                self.assertEqual(set(target.ask("descriptors")), set(without))
                client.take_bytes()
                client.take_bytes(mode="in-process")
                self.assertEqual(set(target.ask("descriptors")), set(without))

    def test_no_object_is_left_in_the_target(self):
        code = SERVE + """
import gc, sys
gc.collect()
gc.disable()
serve(count=lambda: [len(gc.get_objects()), sys.getallocatedblocks()])
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                client.take_bytes()
                for _ in range(3):
                    before = target.ask("count")
                before = target.ask("count")
                for mode in ("twin", "in-process") * 5:
                    client.take_bytes(mode=mode)
                self.assertEqual(target.ask("count"), before)

    def test_the_collector_is_not_run_and_garbage_is_there(self):
        code = SERVE + """
import gc, weakref
gc.disable()
class Garbage: pass
def make():
    one = Garbage()
    one.me = one
    return weakref.ref(one), id(one)
weak, number = make()
serve(number=lambda: number, alive=lambda: weak() is not None,
      collections=lambda: [s["collections"] for s in gc.get_stats()])
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                collections = target.ask("collections")
                for mode in ("twin", "in-process"):
                    snapshot = client.snapshot(mode=mode)
                    garbage = snapshot.id_of[target.ask("number")]
                    self.assertEqual(snapshot.type_name(garbage), "__main__.Garbage")
                    self.assertEqual(snapshot.meta["gc.enabled"], "0")
                    # Nothing but itself holds it.
                    self.assertEqual(snapshot.refcount[garbage],
                                     snapshot.counted_references()[garbage])
                self.assertTrue(target.ask("alive"))
                self.assertEqual(target.ask("collections"), collections)

    def test_frozen_objects_are_seen(self):
        code = SERVE + """
import gc
class Frozen: pass
one = Frozen()
gc.freeze()
serve(number=lambda: id(one))
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                self.assertIn(target.ask("number"), client.snapshot().id_of)

    def test_files_stay_byte_exact_and_shared_locks_are_not_taken(self):
        """Buffered bytes of the target are written once, by the target."""
        code = SERVE + """
import multiprocessing, os, tempfile
folder = tempfile.mkdtemp()
file = open(os.path.join(folder, "out"), "w")
pipe = os.pipe()
lock = multiprocessing.Lock()
number = 0
def write():
    global number
    number += 1
    file.write("line %d\\n" % number)
def finish():
    file.close()
    with open(os.path.join(folder, "out")) as read:
        return read.read()
def take_lock():
    taken = lock.acquire(timeout=60)
    lock.release()
    return taken
serve(write=write, finish=finish, lock=take_lock)
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                for _ in range(10):
                    target.ask("write")
                    client.take_bytes()
                    self.assertTrue(target.ask("lock"))
                self.assertEqual(target.ask("finish"), "".join("line %d\n" % n for n in range(1, 11)))

    def test_a_socket_closed_by_the_target_is_closed(self):
        """A copy that kept the target's descriptors would keep the connection open."""
        import socket
        import threading
        code = SERVE + """
import socket
ours = socket.socket(socket.AF_UNIX)
ours.connect(sys.argv[1])
serve(close=lambda: ours.close())
"""
        for python in self.each():
            listener = socket.socket(socket.AF_UNIX)
            folder = tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp")
            path = os.path.join(folder.name, "s")
            listener.bind(path)
            listener.listen()
            try:
                with Target(python, code, args=(path,)) as target, target.client() as client:
                    theirs, _ = listener.accept()
                    theirs.settimeout(60)
                    # Close while twins come and go.
                    ended = threading.Event()

                    def snapshots():
                        while not ended.is_set():
                            client.take_bytes()

                    worker = threading.Thread(target=snapshots)
                    worker.start()
                    target.ask("close")
                    self.assertEqual(theirs.recv(1), b"")
                    ended.set()
                    worker.join()
                    theirs.close()
            finally:
                listener.close()
                folder.cleanup()

    def test_busy_idle_and_many_threaded_targets_all_answer(self):
        """Busy in Python, busy in C with the GIL held now and then, asleep, with 50 threads."""
        kinds = {
            "busy in Python": "import threading\nprint('ready', flush=True)\nwhile True: pass\n",
            "busy in C": ("print('ready', flush=True)\nvalues = list(range(300000))\n"
                          "while True: sorted(values, key=float)\n"),
            "asleep": "import time\nprint('ready', flush=True)\ntime.sleep(600)\n",
            "50 threads": ("import threading, time, zlib\n"
                           "there = threading.Semaphore(0)\n"
                           "def work(n):\n    mine = [n]\n    there.release()\n    while True:\n"
                           "        zlib.compress(b'x' * 50000); time.sleep(0.001)\n"
                           "for n in range(50):\n"
                           "    threading.Thread(target=work, args=(n,), daemon=True).start()\n"
                           "for n in range(50): there.acquire()\n"
                           "print('ready', flush=True)\nthreading.Event().wait()\n"),
            "blocked in a lock": ("import threading\nlock = threading.Lock()\nlock.acquire()\n"
                                  "print('ready', flush=True)\nlock.acquire()\n"),
        }
        for python in self.each():
            for kind, code in kinds.items():
                with self.subTest(kind=kind), Target(python, code) as target:
                    with target.client() as client:
                        for _ in range(3):
                            snapshot = client.snapshot()
                            self.assertGreater(snapshot.count, 5000)
                    if kind == "50 threads":
                        self.assertEqual(len(snapshot.threads()), 51)
                        codes = snapshot.codes()
                        work = [f for f in snapshot.frames() if codes[f["code"]]["name"] == "work"]
                        self.assertEqual(len(work), 50)
                    self.assertIsNone(target.process.poll())

    def test_a_target_that_ends_during_a_snapshot_takes_the_twin_along(self):
        code = ("import sys\nkept = [[n] for n in range(1000000)]\nprint('ready', flush=True)\n"
                "sys.stdin.readline()\n")
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                _, twin = twin_at_work(client, target)
                target.process.kill()
                target.process.wait()
                self.assertTrue(wait_until(lambda: has_ended(twin)))

    def test_a_target_that_ends_takes_a_stopped_twin_along(self):
        code = ("import sys\nkept = [[n] for n in range(1000000)]\nprint('ready', flush=True)\n"
                "sys.stdin.readline()\n")
        with Target(next(iter(PYTHONS)), code) as target, target.client() as client:
            twin = self.stopped_twin(target, client)
            target.process.kill()
            target.process.wait()
            self.assertTrue(wait_until(lambda: has_ended(twin)))

    def stopped_twin(self, target, client):
        """One that was stopped while it walked."""
        while True:
            request, twin = twin_at_work(client, target)
            wait_until(lambda: process_name(twin) == "whyalive-twin" or has_ended(twin))  # it has set itself up
            with contextlib.suppress(ProcessLookupError):
                os.kill(twin, signal.SIGSTOP)
            wait_until(lambda: process_state(twin) == "T" or has_ended(twin))
            if process_state(twin) == "T":
                return twin
            client.finish(request)  # it was too late

    def test_a_target_that_exits_while_a_snapshot_runs_exits_cleanly(self):
        code = ("import sys\nkept = [[n] for n in range(300000)]\nprint('ready', flush=True)\n"
                "sys.stdin.readline()\n")
        for python in self.each():
            for mode in ("twin", "in-process"):
                with Target(python, code) as target, target.client() as client:
                    client.start("agent/snapshot", {"mode": mode, "textLimit": 10})
                    target.process.stdin.write("\n")
                    target.process.stdin.flush()
                    self.assertEqual(target.process.wait(60), 0)

    def test_a_forked_worker_gets_an_agent_of_its_own(self):
        code = SERVE + """
import os
def fork():
    pid = os.fork()
    if pid == 0:
        import time
        time.sleep(600)
    return pid
def end():
    import signal
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[0] == child
child = fork()
serve(child=lambda: child, end=end)
"""
        for python in self.each():
            with Target(python, code) as target:
                child = target.ask("child")
                with target.client(child) as client:
                    self.assertEqual(client.hello()["pid"], child)
                    self.assertEqual(client.snapshot().meta["pid"], str(child))
                with target.client() as client:
                    self.assertEqual(client.snapshot().meta["pid"], str(target.pid))
                self.assertTrue(target.ask("end"))

    def test_a_program_that_closes_all_descriptors_keeps_its_agent(self):
        code = SERVE + """
import os
os.closerange(3, 1000)
serve(ok=lambda: True)
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                self.assertTrue(target.ask("ok"))
                self.assertGreater(client.snapshot().count, 5000)

    def test_the_programs_own_sitecustomize_runs(self):
        for python in self.each():
            with tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "sitecustomize.py"), "w", encoding="utf-8") as file:
                    file.write("import builtins\nbuiltins.customised = __file__\n")
                code = SERVE + "serve(customised=lambda: customised)\n"
                path = os.pathsep.join((PACKAGE, folder))
                with Target(python, code, env={"PYTHONPATH": path}) as target:
                    self.assertEqual(target.ask("customised"),
                                     os.path.join(folder, "sitecustomize.py"))


if __name__ == "__main__":
    unittest.main()
