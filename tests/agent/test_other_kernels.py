"""What guards the code in a copy where the kernel lacks seccomp filters or Landlock, and that it is said."""
import ctypes
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from agent_client import Target, children_of, require_agent, wait_until  # noqa: E402
from copy_client import Copy, keep  # noqa: E402

PYTHONS = require_agent()
LIMITS, SECCOMP, LANDLOCK_FILES, LANDLOCK = range(4)
LANDLOCK_VERSION = max(0, ctypes.CDLL(None).syscall(444, None, 0, 1))
PROGRAM = """
import json, os, socket, sys, tempfile
folder = tempfile.mkdtemp()
path = os.path.join(folder, "kept")
log = open(path, "w")
log.write("buffered")
ours, theirs = socket.socketpair()
def refused(what, *arguments):
    try: return what(*arguments)
    except OSError as error: return type(error).__name__
def stray():
    child = os.fork()
    if child == 0:
        while True: pass
    return child
print("ready", flush=True)
for line in sys.stdin:
    theirs.setblocking(False)
    try: got = theirs.recv(100).decode()
    except BlockingIOError: got = ""
    print(json.dumps([got, os.path.getsize(path), os.listdir(folder)]), flush=True)
"""


def kernel_without(*what):
    return ["/usr/bin/python3", "-I", os.path.join(HERE, "other_kernel.py"), ",".join(what)]


class OtherKernels(unittest.TestCase):
    def each(self, *without):
        for python, version in PYTHONS.items():
            print(version, end=" ", file=sys.stderr, flush=True)
            with Target(python, PROGRAM, prefix=kernel_without(*without)) as target:
                with target.client() as client:
                    before = target.ask("seen")
                    _, result = keep(client)
                    with Copy(result["twin"]["socket"]) as copy:
                        yield copy, target
                    self.assertEqual(target.ask("seen"), before)

    def shown(self, copy, source):
        reply, _, _ = copy.value(source=source)
        return reply["value"]["repr"]["text"]

    def name_of(self, pid):
        with open("/proc/%d/comm" % pid, encoding="ascii") as file:
            return file.read().strip()

    def leaves_no_process(self, copy):
        child = int(self.shown(copy, "stray()"))
        self.assertTrue(wait_until(lambda: not os.path.exists("/proc/%d" % child), 60))
        self.assertEqual(children_of(copy.welcome.pid), [])

    @unittest.skipUnless(LANDLOCK_VERSION, "this kernel has no Landlock")
    def test_without_seccomp_landlock_keeps_files_alone(self):
        has_scopes = LANDLOCK_VERSION >= 6
        for copy, target in self.each("seccomp"):
            self.assertEqual(copy.welcome.guard, LANDLOCK if has_scopes else LANDLOCK_FILES)
            self.assertEqual(self.name_of(copy.welcome.pid), "whyalive-twin-%d" % copy.welcome.guard)
            for source in ("open(path, 'a')", "open(path + '2', 'w')", "os.unlink(path)", "os.mkdir(path + '2')",
                           "os.rename(path, path + '2')", "os.symlink(path, path + '2')",
                           "os.truncate(path, 3)", "os.execv('/bin/true', ['true'])"):
                call = "refused(" + source.replace("(", ", ", 1)
                self.assertEqual(self.shown(copy, call), "'PermissionError'", source)
            if has_scopes:
                self.assertEqual(self.shown(copy, "refused(os.kill, %d, 9)" % target.pid), "'PermissionError'")
                self.assertEqual(self.shown(copy, "refused(socket.socket().connect, ('127.0.0.1', 9))"),
                                 "'PermissionError'")
            self.assertEqual(self.shown(copy, "open('/proc/self/status').read()[:5]"), "'Name:'")
            self.leaves_no_process(copy)
            self.assertEqual(copy.status().guard, copy.welcome.guard)

    def test_without_both_the_limits_hold(self):
        for copy, _ in self.each("seccomp", "landlock"):
            self.assertEqual(copy.welcome.guard, LIMITS)
            self.assertEqual(self.name_of(copy.welcome.pid), "whyalive-twin-0")
            # The process's own descriptors lead nowhere, and no file can grow.
            self.assertEqual(self.shown(copy, "os.write(ours.fileno(), b'x'), log.flush(), log.write('more')"),
                             "(1, None, 4)")
            self.assertEqual(self.shown(copy, "refused(os.write, os.open(path, os.O_WRONLY), b'x')"), "'OSError'")
            self.leaves_no_process(copy)

    def test_a_kernel_that_has_all_needs_no_words(self):
        for copy, _ in self.each("nothing"):
            self.assertEqual(copy.welcome.guard, SECCOMP)
            self.assertEqual(self.name_of(copy.welcome.pid), "whyalive-twin")


if __name__ == "__main__":
    unittest.main()
