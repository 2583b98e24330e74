"""The copy that stays after a snapshot: values out of it, whatever the program's own code does there, and
nothing of it visible in the process.
"""
import array
import os
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import Target, require_agent, wait_until  # noqa: E402
from copy_client import ENDED, GOODBYE, INTERRUPT, RESTORED, STATUS, STATUS_EVENT, Copy, keep  # noqa: E402

PYTHONS = require_agent()
FIRST = next(iter(PYTHONS))
SERVE = """
import json, sys
def serve(**answers):
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answers[line.strip()]()), flush=True)
"""
PROGRAM = SERVE + """
import collections, threading
class Node:
    def __init__(self, name): self.name, self.kids = name, []
    def __repr__(self): return "Node(%r)" % self.name
    def __str__(self): return "<node name='%s'/>" % self.name
class Slotted:
    __slots__ = ("left", "right")
nodes = [Node(i) for i in range(250)]
text = "ä" * 30000
raw = bytes(range(256)) * 10
slotted = Slotted(); slotted.left = 1
queue = collections.deque([1, 2, 3])
nested = []; nested.append(nested)
big = 1 << 100000
def outer(request):
    def inner(): return request
    return inner
closure = outer("kept")
at_work = threading.Semaphore(0)
def work(number):
    local = ["local", number]
    at_work.release()
    threading.Event().wait()
threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(3)]
for one in threads: one.start()
for one in threads: at_work.acquire()
def generate():
    inside = "gen"
    yield inside
generator = generate(); next(generator)
serve(threads=lambda: [t.ident for t in threads], ids=lambda: [id(nodes[7]), id(generator)],
      state=lambda: [nodes[7].name, len(nodes)])
"""
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


def process_state(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def gone(pid, seconds=60):
    """No process any more, not even a zombie that somebody has to wait for."""
    end = time.monotonic() + seconds
    while process_state(pid) is not None and time.monotonic() < end:
        time.sleep(0.01)
    return process_state(pid) is None


class Case(unittest.TestCase):
    def each(self):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            yield python


class Values(Case):
    def test_what_an_object_holds(self):
        for python in self.each():
            with Target(python, PROGRAM) as target, target.client() as client:
                node, generator = target.ask("ids")
                ident = target.ask("threads")[1]
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    self.look(copy, node, generator, ident)
                self.assertEqual(target.ask("state"), [7, 250])

    def look(self, copy, node, generator, ident):
        def value(**request):
            reply, output, ended = copy.value(**request)
            self.assertIn("value", reply, reply)
            self.assertEqual((output, ended.how, ended.code), ("", "exited", 0))
            return reply["value"]

        seen = value(underscore=node)
        self.assertEqual(seen["type"], "__main__.Node")
        self.assertEqual(seen["repr"]["text"], "Node(7)")
        self.assertEqual(seen["text"]["text"], "<node name='7'/>")  # what `print iq` gave
        self.assertEqual(seen["address"], node)
        self.assertEqual([(i["label"], i["repr"]) for i in seen["items"]],
                         [(".name", "7"), (".kids", "[]")])
        page = value(source="nodes", offset=100, limit=2)
        self.assertEqual((page["itemCount"], page["length"]), (250, 250))
        self.assertEqual([i["repr"] for i in page["items"]], ["Node(100)", "Node(101)"])
        full = value(source="text", textLimit=40000)["text"]
        self.assertEqual((full["text"], full["length"], full["cut"]), ("ä" * 30000, 30000, False))
        part = value(source="text", textLimit=10)["text"]
        self.assertEqual((part["text"], part["length"], part["cut"]), ("ä" * 10, 30000, True))
        self.assertEqual(value(source="raw", textLimit=8)["bytes"],
                         {"text": "00010203", "length": 2560, "cut": True})
        self.assertEqual([(i["label"], i["repr"]) for i in value(source="slotted")["items"]],
                         [(".left", "1")])
        self.assertEqual([i["repr"] for i in value(source="queue")["items"]], ["1", "2", "3"])
        self.assertEqual(value(source="nested")["repr"]["text"], "[[…]]")
        self.assertIn("100001 bits", value(source="big")["repr"]["text"])
        shown = value(source="closure")
        self.assertEqual(shown["items"][0], dict(shown["items"][0], label="closure request", repr="'kept'"))
        self.assertTrue(shown["source"]["file"].endswith("target.py"))
        self.assertEqual([i["repr"] for i in value(underscore=generator)["items"]], ["'gen'"])
        self.assertEqual(value(source="inside * 2", underscore=generator)["repr"]["text"], "'gengen'")
        depth = 0
        while "'number'" not in value(source="dir()", thread=ident, depth=depth)["repr"]["text"]:
            depth += 1
        self.assertEqual(value(source="local", thread=ident, depth=depth)["repr"]["text"],
                         "['local', 1]")

    def test_statements_errors_and_questions_to_the_heap(self):
        for python in self.each():
            with Target(python, PROGRAM) as target, target.client() as client:
                node, _ = target.ask("ids")
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    reply, output, _ = copy.value("statements", source="x = 6\nx * 7\nprint(x)\nNone\n")
                    self.assertEqual((reply, output), ({}, "42\n6\n"))
                    reply, _, _ = copy.value(source="nodes[3].nothing")
                    error = reply["error"]
                    self.assertEqual((error["kind"], error["type"]), ("exception", "AttributeError"))
                    self.assertIn("no attribute 'nothing'", error["message"])
                    self.assertNotIn("<whyalive", error["traceback"])
                    reply, _, _ = copy.value(source="nodes +")
                    self.assertEqual(reply["error"]["type"], "SyntaxError")
                    answers = {"by_type": lambda q: array.array("Q", [node] * 3),
                               "count": lambda q: {"answer": 3},
                               "path": lambda q: {"error": "that object is not in the snapshot"}}
                    for source, wanted in (("len(heap.by_type('Node'))", "3"),
                                           ("heap.by_type(Node)[1]", "Node(7)"),
                                           ("heap.count('Node')", "3"),
                                           ("[n.name for n in heap.by_type('Node')]", "[7, 7, 7]")):
                        reply, _, _ = copy.value(source=source, answers=answers)
                        self.assertEqual(reply["value"]["repr"]["text"], wanted)
                    reply, _, _ = copy.value(source="heap.path(nodes)", answers=answers)
                    self.assertIn("not in the snapshot", reply["error"]["message"])


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


class Session(Case):
    def test_a_console_keeps_state_and_survives_its_input(self):
        for python in self.each():
            with Target(python, PROGRAM) as target, target.client() as client:
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    session = copy.start(0)
                    self.assertEqual(session.ask(op="open")["prompts"], [">>> ", "... "])
                    self.assertFalse(session.ask(op="run", source="x = 41")["failed"])
                    session.ask(op="run", source="x + 1")
                    session.ask(op="run", source="import ctypes")
                    session.send({"op": "run", "source": "x = 0\nctypes.string_at(8)"})
                    self.assertTrue(session.wait()["restored"])
                    restored = copy.event()
                    self.assertEqual((restored.kind, restored.how, restored.code),
                                     (RESTORED, "signal", signal.SIGSEGV))
                    session.ask(op="run", source="x + 2")
                    session.send({"op": "run", "source": "print('runs')\nwhile True: pass"})
                    self.assertTrue(wait_until(lambda: session.output.endswith("runs\n"), 60))
                    copy.request(INTERRUPT, session.number)
                    self.assertEqual(session.wait()["error"]["type"], "KeyboardInterrupt")
                    session.ask(op="run", source="x + 3")
                    self.assertEqual(session.ask(op="check", source="for i in x:")["state"], "incomplete")
                    self.assertEqual(session.ask(op="check", source="1 +* 2")["state"], "invalid")
                    self.assertEqual(session.ask(op="check", source="x")["state"], "complete")
                    matches = session.ask(op="complete", text="nodes.app", line="nodes.app", cursor=9)
                    self.assertTrue(matches["matches"][0].startswith("nodes.append"))
                    session.close()
                    copy.open.remove(session)
                    self.assertEqual(copy.event().kind, ENDED)
                self.assertEqual(session.output, "42\n43\nruns\n44\n")
                self.assertEqual(target.ask("state"), [7, 250])


class Large(Case):
    def test_of_a_very_long_string_only_what_is_asked_for_is_made(self):
        """WHYALIVE_TEST_LARGE=1: 2 GiB."""
        size = 2 << 30 if os.environ.get("WHYALIVE_TEST_LARGE") else 200 << 20
        code = SERVE + """
class Text(str): pass
class Spoken(str):
    def __repr__(self): return "spoken"
size = int(sys.argv[1])
text, raw = "x" * size, bytearray(size)
derived, spoken = Text(text), Spoken("y")
held = {"text": text, "raw": raw}
serve(size=lambda: len(text))
"""
        for python in self.each() if size < 1 << 30 else [FIRST]:
            with Target(python, code, args=(str(size),)) as target, target.client(timeout=300) as client:
                _, result = keep(client)
                with Copy(result["twin"]["socket"]) as copy:
                    def value(source, **how):
                        reply, _, _ = copy.value(source=source, memory=64 << 20, **how)
                        return reply["value"]

                    for source in ("text", "derived"):
                        seen = value(source, textLimit=10)
                        self.assertEqual(seen["repr"], {"text": "'xxxxxxxxx", "length": 10, "cut": True})
                        self.assertEqual(seen["text"], {"text": "x" * 10, "length": size, "cut": True})
                    self.assertEqual(value("raw", textLimit=8)["bytes"],
                                     {"text": "00000000", "length": size, "cut": True})
                    self.assertEqual(len(value("text", textLimit=1000000)["text"]["text"]), 1000000)
                    self.assertEqual(value("spoken")["repr"]["text"], "spoken")
                    items = value("held")["items"]
                    self.assertTrue(all(len(item["repr"]) <= 101 for item in items), items)
                self.assertEqual(target.ask("size"), size)


class Ends(Case):
    def kept(self, client, **limits):
        _, result = keep(client, **limits)
        return Copy(result["twin"]["socket"]), result["twin"]

    def test_with_its_last_client_and_nobody_has_to_wait_for_it(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            other = Copy(twin["socket"])
            copy.close()
            self.assertEqual(other.value(source="1")[0]["value"]["repr"]["text"], "1")
            hanging = other.start()
            hanging.send({"op": "expression", "source": "[1 for _ in iter(int, 1)]", "textLimit": 9,
                          "offset": 0, "limit": 0})
            other.close()
            self.assertTrue(gone(twin["pid"]))
            self.assertFalse(os.path.exists(twin["socket"]))

    def test_with_the_process(self):
        for end in ("exit", "kill"):
            with Target(FIRST, PROGRAM) as target, target.client() as client:
                copy, twin = self.kept(client)
                if end == "kill":
                    target.process.kill()
                else:
                    target.process.stdin.close()
                goodbye = copy.event()
                self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "target"))
                self.assertEqual(target.process.wait(60), 0 if end == "exit" else -9)
                self.assertTrue(gone(twin["pid"]) or process_state(twin["pid"]) == "Z")
                copy.close()

    def test_when_nobody_asks_and_when_it_costs_too_much(self):
        code = SERVE + """
kept = [bytearray(4096) for _ in range(20000)]
def write():
    for one in kept: one[0] = one[0] ^ 1
    return True
serve(write=write)
"""
        with Target(FIRST, code) as target, target.client() as client:
            copy, twin = self.kept(client, idleSeconds=1)
            self.assertEqual(copy.welcome.idle_seconds, 1)
            goodbye = copy.event()
            self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "idle"))
            copy.close()
            self.assertTrue(gone(twin["pid"]))
            copy, twin = self.kept(client, memoryLimit=60 << 20)
            before = copy.status().own_bytes
            self.assertLess(before, 30 << 20)
            self.assertTrue(target.ask("write"))  # its pages are its own now, and the copy's are too
            copy.request(STATUS)  # it looks when it is asked, and by itself now and then
            goodbye = copy.event()
            if goodbye.kind == STATUS_EVENT:
                goodbye = copy.event()
            self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "memory"))
            self.assertGreater(goodbye.own_bytes, before + (70 << 20))
            copy.close()
            self.assertTrue(gone(twin["pid"]))

    def test_killed_by_the_kernel_the_process_and_the_next_copy_are_fine(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            with open("/proc/%d/oom_score_adj" % twin["pid"], encoding="ascii") as file:
                self.assertEqual(file.read().strip(), "1000")
            os.kill(twin["pid"], signal.SIGKILL)
            with self.assertRaises(EOFError):
                copy.event()
            copy.close()
            self.assertTrue(gone(twin["pid"]))
            self.assertFalse(os.path.exists(twin["socket"]))
            copy, twin = self.kept(client)
            self.assertEqual(copy.value(source="len(nodes)")[0]["value"]["repr"]["text"], "250")
            copy.close()
            self.assertEqual(target.ask("state"), [7, 250])

    def test_it_is_seen_in_process_lists_for_what_it_is(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copy, twin = self.kept(client)
            with open("/proc/%d/cmdline" % twin["pid"], encoding="ascii") as file:
                line = file.read()
            self.assertTrue(line.startswith("whyalive: frozen copy of process"), line)
            with open("/proc/%d/cmdline" % target.pid, encoding="ascii") as file:
                self.assertIn("target.py", file.read())
            self.assertNotIn("target.py", line)
            # No descriptor of the process's is left in it, only its own sockets.
            kinds = {os.readlink("/proc/%d/fd/%s" % (twin["pid"], n)).split(":")[0]
                     for n in os.listdir("/proc/%d/fd" % twin["pid"])}
            self.assertTrue(kinds <= {"/dev/null", "socket", "anon_inode", "/memfd"}, kinds)
            copy.close()

    def test_a_process_that_executes_another_program_has_no_dead_twin_left(self):
        code = SERVE + """
import os
if sys.argv[1:] == ["again"]: serve(again=lambda: True)
serve(execute=lambda: os.execv(sys.executable, [sys.executable, __file__, "again"]))
"""
        for python in self.each():
            with Target(python, code) as target, target.client() as client:
                copy, twin = self.kept(client)
                target.process.stdin.write("execute\n")
                target.process.stdin.flush()
                goodbye = copy.event()
                self.assertEqual((goodbye.kind, goodbye.reason), (GOODBYE, "target"))
                target.expect("ready")
                self.assertTrue(target.ask("again"))
                self.assertTrue(gone(twin["pid"]))
                copy.close()

    def test_there_are_only_so_many(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            copies = [self.kept(client)[0] for _ in range(4)]
            _, result = keep(client)
            self.assertNotIn("twin", result)
            self.assertIn("4 frozen copies", result["twinNote"])
            for copy in copies:
                copy.close()

    def test_a_twin_gives_its_snapshot_to_whoever_joins(self):
        with Target(FIRST, PROGRAM) as target, target.client() as client:
            snapshot, result = keep(client)
            self.assertEqual(snapshot.meta["twin.pid"], str(result["twin"]["pid"]))
            with Copy(result["twin"]["socket"]) as copy:
                self.assertEqual(copy.welcome.snapshot_bytes, result["bytes"])
                self.assertEqual(os.fstat(copy.memory).st_size, result["bytes"])


if __name__ == "__main__":
    unittest.main()
