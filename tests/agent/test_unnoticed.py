"""What a program, its supervisor and its peers can see while it is copied: nothing. One trap a test; the
ones about Python itself are in test_twin.py."""
import hashlib
import os
import socket
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target, has_ended, require_agent, twin_at_work, wait_until  # noqa: E402

PYTHONS = require_agent()
SERVE = """
import json, sys
def serve(**answers):
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answers[line.strip()]()), flush=True)
"""
WAITS = "print('ready', flush=True)\nimport sys\nsys.stdin.readline()\n"
# Enough for a twin to live long enough to be met.
BALLAST = "ballast = [[n] for n in range(300000)]\n"


class Unnoticed(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python

    def test_handlers_that_libraries_register_for_fork_do_not_run(self):
        """As OpenBLAS does, whose handler stops its worker threads."""
        code = SERVE + """
import ctypes, os
libc = ctypes.CDLL(None)
Handler = ctypes.CFUNCTYPE(None)
seen = []
handlers = [Handler(lambda when=when: seen.append(when)) for when in ("prepare", "parent", "child")]
libc.__register_atfork(*handlers, None)
def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return seen
serve(seen=lambda: seen, fork=fork)
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                for _ in range(5):
                    client.take_bytes()
                self.assertEqual(target.ask("seen"), [])
                self.assertEqual(target.ask("fork"), ["prepare", "parent"])  # they would be seen

    def test_a_reaper_that_finds_children_in_proc_can_take_none(self):
        """psutil's wait_procs, and supervisors that adopt orphans (a container's first process)."""
        code = SERVE + BALLAST + """
import ctypes, os, threading
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
met, taken, stop = set(), [], threading.Event()
def children():
    for task in os.listdir("/proc/self/task"):
        try:
            with open("/proc/self/task/%s/children" % task) as file:
                yield from map(int, file.read().split())
        except OSError:
            pass
def reap():
    while not stop.is_set():
        for pid in children():
            met.add(pid)
            try:
                taken.append(os.waitpid(pid, os.WNOHANG))
            except ChildProcessError:
                pass
reaper = threading.Thread(target=reap)
reaper.start()
def end():
    stop.set()
    reaper.join()
    return taken
serve(met=lambda: len(met), end=end)
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                for _ in range(5):
                    client.take_bytes()
                # However seldom the reaper runs: it has to meet one.
                self.assertTrue(wait_until(lambda: target.ask("met") or not client.take_bytes()))
                self.assertEqual(target.ask("end"), [])

    def test_shared_memory_is_written_by_the_target_alone(self):
        code = SERVE + BALLAST + """
import mmap, os, tempfile, threading
file = tempfile.TemporaryFile()
file.truncate(32 << 20)
small, large = mmap.mmap(-1, 1 << 16), mmap.mmap(file.fileno(), 32 << 20)
wrong, rounds, stop = [], [0], threading.Event()
def write():
    while not stop.is_set():
        rounds[0] += 1
        value = rounds[0].to_bytes(8, "little")
        for memory in small, large:
            for at in range(0, len(memory), len(memory) // 16):
                memory[at:at + 8] = value
                if memory[at:at + 8] != value:
                    wrong.append(at)
writer = threading.Thread(target=write)
writer.start()
def end():
    while rounds[0] < 2: pass
    stop.set()
    writer.join()
    value = rounds[0].to_bytes(8, "little")
    on_disk = [os.pread(file.fileno(), 8, at) for at in range(0, 32 << 20, 2 << 20)]
    return [wrong, all(one == value for one in on_disk)]
serve(end=end)
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                for _ in range(5):
                    client.take_bytes()
                wrong, right = target.ask("end")
                self.assertEqual((wrong, right), ([], True))

    def test_the_copy_writes_next_to_no_page_that_it_shares(self):
        """Else the memory of a large process would double while it is looked at."""
        for python in self.each():
            with Target(python, BALLAST + WAITS) as target, target.client() as client:
                kept = client.request("agent/snapshot", {"keep": {"endsWithClients": False}})["twin"]
                theirs, copied = memory_of(target.pid), memory_of(kept["pid"])
                shared = [where for where in theirs if where in copied]
                resident = sum(theirs[where]["Rss"] for where in shared)
                written = sum(copied[where]["Private_Dirty"] for where in shared)
                self.assertGreater(resident, 20_000)  # kB
                self.assertLess(written, 1000)

    def test_a_stream_stays_byte_exact_and_ends_when_the_target_ends_it(self):
        code = BALLAST + """
import hashlib, random, socket, sys
ours = socket.socket(socket.AF_UNIX)
ours.connect(sys.argv[1])
file = ours.makefile("wb", buffering=1 << 16)
source, digest = random.Random(1), hashlib.sha256()
print("ready", flush=True)
stop = False
import threading
def read():
    global stop
    sys.stdin.readline()
    stop = True
threading.Thread(target=read, daemon=True).start()
while not stop:
    piece = source.randbytes(source.randrange(3000))
    digest.update(piece)
    file.write(piece)
file.close()
ours.shutdown(socket.SHUT_WR)
print(digest.hexdigest(), flush=True)
sys.stdin.readline()
"""
        for python in self.each():
            with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
                path = os.path.join(folder, "s")
                listener.bind(path)
                listener.listen()
                received = hashlib.sha256()

                def receive():
                    theirs, _ = listener.accept()
                    with theirs:
                        for piece in iter(lambda: theirs.recv(1 << 16), b""):
                            received.update(piece)

                receiver = threading.Thread(target=receive)
                receiver.start()
                with Target(python, code, args=(path,)) as target, target.client() as client:
                    for _ in range(5):
                        client.take_bytes()
                    target.process.stdin.write("\n")
                    target.process.stdin.flush()
                    sent = target.process.stdout.readline().strip()
                    receiver.join(60)
                    self.assertFalse(receiver.is_alive(), "somebody keeps the stream open")
                    self.assertEqual(received.hexdigest(), sent)

    def test_a_target_that_becomes_another_program_meanwhile_takes_the_twin_along(self):
        code = SERVE + BALLAST + """
import os
AFTER = '''
import json, os, sys
try:
    child = os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    child = "no child"
print(json.dumps([child, os.getpid()]), flush=True)
sys.stdin.readline()
'''
serve(become=lambda: os.execv(sys.executable, [sys.executable, "-I", "-c", AFTER]))
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                _, twin = twin_at_work(client, target)
                self.assertEqual(target.ask("become"), ["no child", target.pid])
                # The kernel keeps its entry until the program ends: nobody is left to ask for it.
                self.assertTrue(wait_until(lambda: has_ended(twin)))

    def test_a_target_without_room_for_another_process_goes_on(self):
        code = SERVE + """
import os, resource
def forbid():
    os.setuid(65534)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
serve(forbid=forbid, ok=lambda: True)
"""
        if os.getuid() != 0:
            self.skipTest("only root can become a user with no processes left")
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                client.hello()  # accepted while both are the same user
                target.ask("forbid")
                with self.assertRaisesRegex(Exception, "cannot be copied"):
                    client.take_bytes()
                self.assertTrue(target.ask("ok"))


def memory_of(pid):
    """kB of each mapping, by what the kernel counts."""
    found = {}
    with open("/proc/%d/smaps" % pid, encoding="utf-8") as file:
        for line in file:
            first, *rest = line.split()
            if not first.endswith(":"):
                counts = found.setdefault(first, {})
            elif rest and rest[0].isdigit():
                counts[first[:-1]] = int(rest[0])
    return found


if __name__ == "__main__":
    unittest.main()
