"""Talks to an agent as the server does: JSON-RPC in Content-Length frames over its socket, the
snapshot's memory as a descriptor. And starts target programs, on every interpreter there is an
agent for.
"""
import array
import contextlib
import json
import mmap
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build"))
PACKAGE = os.path.join(BUILD, "agent", "python")
SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
PROBE = ("import sys, sysconfig; print('%d.%d.%d' % sys.version_info[:3], "
         "sysconfig.get_config_var('EXT_SUFFIX'), sysconfig.get_config_var('Py_ENABLE_SHARED'))")


# A program that lets nobody have its interpreter until Target.let_go(), and then waits.
HOLDS_THE_GIL = """
import ctypes, sys
print("ready", flush=True)
ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(1), 1)
sys.stdin.readline()
"""


class AgentError(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code, self.data = error["code"], error.get("data") or {}


class AgentClient:
    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.buffer, self.descriptors, self.last_id = b"", [], 0
        self.notifications = []

    def close(self):
        self.socket.close()
        for fd in self.descriptors:
            os.close(fd)
        self.descriptors = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, message):
        body = json.dumps(dict(message, jsonrpc="2.0")).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def receive(self):
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if found:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return json.loads(rest[:length])
            data, control, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(4 * 4))
            if not data:
                raise EOFError("the agent closed the connection")
            for level, kind, payload in control:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds = array.array("i")
                    fds.frombytes(payload)
                    self.descriptors += list(fds)
            self.buffer += data

    def start(self, method, params=None):
        self.last_id += 1
        self.send({"id": self.last_id, "method": method, "params": params or {}})
        return self.last_id

    def finish(self, request):
        while True:
            message = self.receive()
            if "method" in message:
                self.notifications.append(message)
            elif message.get("id") == request:
                if "error" in message:
                    raise AgentError(message["error"])
                return message["result"]

    def request(self, method, params=None):
        return self.finish(self.start(method, params))

    def hello(self):
        return self.request("agent/hello", {"protocol": 1, "client": "tests"})

    def take_bytes(self, **params):
        result = self.request("agent/snapshot", dict({"mode": "twin", "textLimit": 120}, **params))
        fd = self.descriptors.pop(0)
        try:
            assert os.fstat(fd).st_size == result["bytes"], "the descriptor holds another size"
            with mmap.mmap(fd, result["bytes"], prot=mmap.PROT_READ) as memory:
                return memory[:], result
        finally:
            os.close(fd)

    def snapshot(self, **params):
        from snapshot_format import Snapshot
        data, result = self.take_bytes(**params)
        snapshot = Snapshot(data)
        snapshot.result = result
        return snapshot


def _candidates():
    """The interpreters of this machine, in an order that does not depend on where this folder is: what `./dev pythons`
    fetched comes last, as few tools know such an interpreter."""
    import glob
    home = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    places = (os.path.join(home, "versions", "3.*", "bin", "python"), "/usr/bin/python3.[0-9]*",
              "/usr/local/bin/python3.[0-9]*",
              os.path.join(ROOT, ".cache", "python-roots", "*", "usr", "local", "bin", "python3.[0-9]*"))
    return [one for place in places for one in sorted(glob.glob(place)) if not one.endswith("-config")]


def interpreters():
    """Paths of the interpreters that there is an agent for, one per build."""
    found, seen = {}, set()
    only = os.environ.get("WHYALIVE_TEST_PYTHONS")
    for path in (only.split(":") if only else _candidates()):
        real = os.path.realpath(path)
        if real in seen or not os.access(path, os.X_OK):
            continue
        seen.add(real)
        answer = subprocess.run([path, "-I", "-c", PROBE], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True).stdout.split()
        if len(answer) == 3 and os.path.exists(os.path.join(PACKAGE, "whyalive",
                                                            "_agent" + answer[1])):
            found[path] = answer[0]
    return found


def require_agent():
    """Ends the test program as skipped when nothing was built to test."""
    found = interpreters()
    if not found:
        print("skipped: no agent was built in %s" % PACKAGE)
        sys.exit(77)
    missing = [minor for minor in SUPPORTED
               if not any(version.startswith(minor + ".") for version in found.values())]
    if missing and not os.environ.get("WHYALIVE_TEST_PYTHONS"):
        print("not tested on CPython %s: not found with an agent (./dev pythons fetches 3.14 and "
              "3.15)" % ", ".join(missing), file=sys.stderr)
    return found


def children_of(pid):
    """The processes that the kernel lists as children, twins too."""
    found = []
    for thread in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/children" % (pid, thread), encoding="ascii") as file:
                found += map(int, file.read().split())
        except OSError:
            pass  # the thread has ended
    return found


def process_state(pid):
    """The letter that the kernel has for it; None: there is no such process."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def has_ended(pid):
    """Also a process that nobody has waited for yet."""
    return process_state(pid) in ("Z", None)


def process_name(pid):
    try:
        with open("/proc/%d/comm" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return None


def processes_with(variable):
    """All that have this in their environment, as who was started or copied by others inherits it: pid -> name."""
    found, mark = {}, os.fsencode(variable + "\0")
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % name, "rb") as file:
                if mark in file.read():
                    found[int(name)] = process_name(int(name))
        except OSError:
            pass  # it has ended, or is not ours
    return found


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def connect(path, timeout=60):
    """To an agent that is about to listen there: its socket's file is made a moment before it can be used."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return AgentClient(path, timeout)
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def twin_at_work(client, target, **params):
    """Starts a snapshot and returns (its request, the pid of the copy that walks the heap). One that was done
    before it was seen is taken again."""
    deadline = time.monotonic() + 60
    while True:
        request = client.start("agent/snapshot", dict({"mode": "twin", "textLimit": 10}, **params))
        found = []
        if wait_until(lambda: found.extend(children_of(target.pid)) or found, 5):
            return request, found[0]
        client.finish(request)
        assert time.monotonic() < deadline, "no copy of the process was seen"


def hold_copy(pid, is_over):
    """Stops the copy of the process in its walk, when it has let go of the process's descriptors; returns its pid,
    or None when is_over() came first. Whoever stops it lets it go on, so that it can end."""
    while not is_over():
        for copy in children_of(pid):
            signal_copy(copy, signal.SIGSTOP)
            if not any(link.startswith("socket:") for link in links_of(copy)):
                return copy
            signal_copy(copy, signal.SIGCONT)
        time.sleep(0.001)
    return None


def signal_copy(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def links_of(pid):
    """What the descriptors of the process lead to."""
    with contextlib.suppress(OSError):
        return [os.readlink("/proc/%d/fd/%s" % (pid, name)) for name in os.listdir("/proc/%d/fd" % pid)]
    return ["socket: it has ended, or closes one"]


class Target:
    """A program with the agent inside. It prints "ready" and then waits for lines on stdin."""

    def __init__(self, python, code, *, env=None, args=(), agent=True, wait=True, prefix=(),
                 **popen):
        self.folder = tempfile.mkdtemp(prefix="whyalive-test-")
        os.chmod(self.folder, 0o700)
        self.script = os.path.join(self.folder, "target.py")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(code)
        environment = dict(os.environ, WHYALIVE_RUNTIME_DIR=os.path.join(self.folder, "run"), TMPDIR=self.folder,
                           PYTHONDONTWRITEBYTECODE="1")
        if agent:
            environment.update(WHYALIVE="1", PYTHONPATH=PACKAGE)
        environment.update(env or {})
        self.mark = "WHYALIVE_TEST_TARGET=%s" % self.folder
        environment.update([self.mark.split("=")])
        self.process = subprocess.Popen([*prefix, python, self.script, *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment, text=True, **popen)
        if wait:
            self.expect("ready")

    @property
    def pid(self):
        return self.process.pid

    @property
    def socket_path(self):
        return os.path.join(self.folder, "run", "%d.sock" % self.pid)

    def client(self, pid=None, timeout=60):
        path = self.socket_path if pid is None else os.path.join(self.folder, "run",
                                                                 "%d.sock" % pid)
        return connect(path, timeout)

    def expect(self, wanted):
        line = self.process.stdout.readline().rstrip("\n")
        if not line.startswith(wanted):
            raise AssertionError("the target said %r, not %r (exit %r)" % (line, wanted,
                                                                         self.process.poll()))
        return line[len(wanted):].strip()

    def ask(self, line):
        """Sends a line, returns the target's one-line JSON answer."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def let_go(self):
        """Of the interpreter, by a program that begins as HOLDS_THE_GIL does."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def close(self):
        """Ends it. No process that comes from it may stay: no copy, no evaluation, no worker."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        nothing = wait_until(lambda: not processes_with(self.mark))
        left = processes_with(self.mark)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if not nothing:
            raise AssertionError("processes were left behind: %r" % left)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
