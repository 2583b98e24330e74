"""Whatever the program's own code does in the copy that stays, nothing of it reaches the process, or anything else.
"""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target  # noqa: E402
from copy_case import FIRST, PROGRAM, SERVE, Case, gone  # noqa: E402
from copy_client import Copy, keep  # noqa: E402

TROUBLE = SERVE + """
import collections, ctypes, itertools, os, socket, sys, tempfile, time
folder = tempfile.mkdtemp()
path = os.path.join(folder, "kept.txt")
open(path, "w").write("kept")
ours, theirs = socket.socketpair()
log = open(os.path.join(folder, "log.txt"), "w")
log.write("buffered ")
class Hangs:
    def __repr__(self):
        while True: time.sleep(3600)
class HangsForEver:
    def __repr__(self):  # in C, where no signal is looked at
        return str(collections.deque(itertools.repeat(0), maxlen=0))
class Raises:
    def __repr__(self): raise ValueError("no repr")
class Recurses:
    def __repr__(self): return repr(self)
class Prints:
    def __repr__(self): print("printed"); sys.stderr.write("and warned\\n"); return "Prints"
class Forks:
    def __repr__(self): return "pid %d" % os.fork()
class Deletes:
    def __repr__(self): os.unlink(path); return "gone"
class Writes:
    def __repr__(self):
        os.write(ours.fileno(), b"from a repr"); log.write("from a repr"); log.flush()
        try: ours.sendall(b"from a repr")
        except OSError: return "no socket"
class Allocates:
    def __repr__(self): return str(len(bytearray(10 << 30)))
class Crashes:
    def __repr__(self): return ctypes.string_at(8)
class Exits:
    def __repr__(self): raise SystemExit(3)
class Kills:
    def __repr__(self): os.kill(os.getppid(), 9); return "killed"
kinds = [Hangs, HangsForEver, Raises, Recurses, Prints, Forks, Deletes, Writes, Allocates, Crashes, Exits, Kills]
for kind in kinds: globals()[kind.__name__.lower()] = kind()
calls = 0
def count():
    global calls
    calls += 1
    return calls
import atexit
atexit.register(lambda: open(os.path.join(folder, "ended"), "a").write("x"))
def seen():
    theirs.setblocking(False)
    try: got = theirs.recv(100).decode()
    except BlockingIOError: got = ""
    return {"socket": got, "file": open(path).read(), "log": os.path.getsize(log.name), "calls": calls,
            "files": sorted(os.listdir(folder)), "children": children()}
def children():
    try: return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError: return "none"
serve(seen=seen)
"""


class Trouble(Case):
    """The program's own code runs in a process of its own, which may not harm anything."""

    def test_a_repr_that_misbehaves_harms_nobody(self):
        for python in self.each():
            with Target(python, TROUBLE) as target, target.client() as client:
                before = target.ask("seen")
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    self.misbehave(copy)
                    self.assertEqual(copy.welcome.target, target.pid)
                    self.assertEqual(copy.status().guard, 1)
                self.assertEqual(target.ask("seen"), before)
                self.assertTrue(gone(copy.welcome.pid))
                self.assertEqual(target.ask("seen"), before)
                target.process.stdin.close()
                self.assertEqual(target.process.wait(60), 0)

    def misbehave(self, copy):
        def shown(name, **more):
            reply, output, ended = copy.value(source=name, **more)
            text = reply["value"]["repr"]["text"] if reply and "value" in reply else reply
            return text, output, ended

        text, _, ended = shown("hangs")
        self.assertIn("its repr takes too long", text)
        text, _, ended = shown("hangsforever", milliseconds=1000)
        self.assertIsNone(text)
        self.assertEqual(ended.how, "time limit")
        self.assertIn("its repr raises ValueError", shown("raises")[0])
        self.assertIn("its repr recurses without end", shown("recurses")[0])
        text, output, _ = shown("prints")
        self.assertEqual((text, output), ("Prints", "printed\nand warned\n"))
        for name in ("forks", "deletes", "kills"):
            self.assertIn("its repr raises PermissionError", shown(name)[0])
        self.assertEqual(shown("writes")[0], "no socket")  # and nothing of it arrived: see seen()
        self.assertIn("its repr raises MemoryError", shown("allocates")[0])
        text, _, ended = shown("crashes")
        self.assertIsNone(text)
        self.assertEqual((ended.how, ended.code), ("signal", signal.SIGSEGV))
        self.assertIn("its repr raises SystemExit", shown("exits")[0])
        self.assertEqual(shown("count()")[0], "1")
        self.assertEqual(shown("count()")[0], "1")  # each evaluation begins at the same instant
        self.assertEqual(shown("1 + 1")[0], "2")

    def test_what_the_kernel_refuses(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            _, result = keep(client)
            with Copy(result["twin"]["socket"]) as copy:
                for source in ("__import__('socket').socket()", "open('/tmp/whyalive-never', 'w')",
                               "open('/tmp/whyalive-never', 'a')",
                               "__import__('os').open('/tmp/whyalive-never', 0o102)",
                               "__import__('os').kill(1, 0)", "__import__('os').rename('/a', '/b')",
                               "__import__('os').mkdir('/tmp/whyalive-never')",
                               "__import__('os').symlink('/a', '/tmp/whyalive-never')",
                               "__import__('os').chmod('/tmp', 0o777)",
                               "__import__('os').truncate('/tmp/whyalive-never', 0)",
                               "__import__('os').execv('/bin/true', ['true'])",
                               "__import__('os').fork()", "__import__('os').setsid()",
                               "__import__('subprocess').run(['true'])",
                               "__import__('os').memfd_create('x')",
                               "__import__('resource').setrlimit(0, (1, 1))"):
                    reply, _, _ = copy.value(source=source)
                    self.assertRegex(str(reply), "Operation not permitted|not allowed", source)
                self.assertFalse(os.path.exists("/tmp/whyalive-never"))
                for source, wanted in (("open('/proc/self/status').read()[:5]", "'Name:'"),
                                       ("__import__('os').kill(__import__('os').getpid(), 0)", "None")):
                    reply, _, _ = copy.value(source=source)
                    self.assertEqual(reply["value"]["repr"]["text"], wanted)
                source = ("import threading\nfound = []\nt = threading.Thread(target=lambda: found.append(1))\n"
                          "t.start()\nt.join()\nfound\n")
                self.assertEqual(copy.value("statements", source=source)[1], "[1]\n")

    def test_a_target_with_fifty_busy_threads(self):
        code = SERVE + """
import threading, zlib, logging, tempfile
lock, total, at_work = threading.Lock(), 0, threading.Semaphore(0)
log = logging.getLogger("x"); log.addHandler(logging.StreamHandler(tempfile.TemporaryFile("w")))
def work(number):
    global total
    kept = [number]
    at_work.release()
    while True:
        zlib.compress(b"x" * 20000)
        log.warning("%d", number)
        with lock: total += 1
for n in range(50): threading.Thread(target=work, args=(n,), daemon=True).start()
for n in range(50): at_work.acquire()
serve(total=lambda: total)
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                for _ in range(2):
                    _, result = keep(client)
                    with Copy(result["twin"]["socket"]) as copy:
                        first = copy.value(source="total")[0]["value"]["repr"]["text"]
                        moved = target.ask("total")
                        while target.ask("total") == moved:
                            pass
                        self.assertEqual(copy.value(source="total")[0]["value"]["repr"]["text"], first)
                        kept = copy.value(source="sorted(f.f_locals['kept'][0] for stack in heap.frames()"
                                                 ".values() for f in stack if f.f_code is "
                                                 "work.__code__)")[0]
                        self.assertEqual(kept["value"]["repr"]["text"], str(list(range(50))))
                        reply = copy.value(source="__import__('colorsys').rgb_to_hsv(1, 1, 1)")[0]
                        self.assertIn("value", reply)
                        # A dead thread may hold this lock for ever: the soft limit says so.
                        reply = copy.value("statements", source="with lock: 1\nlog.warning('x')\n1",
                                           soft=500)[0]
                        self.assertTrue(reply == {} or reply["error"]["kind"] == "timeout", reply)


if __name__ == "__main__":
    unittest.main()
