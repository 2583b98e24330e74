"""Real processes for the attach tests: which interpreters there are, targets, attaching to them."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build"))
ATTACH = os.path.join(BUILD, "attach_load")
MARK = os.path.join(BUILD, "attach_mark.so")
WORK = os.path.join(BUILD, "attach_work.so")
ENTRY = "whyalive_test_mark"
OLDEST = (3, 6)


class Interpreter:
    """One CPython: on this machine, or in another root folder that is entered by chroot."""

    def __init__(self, path, version, root=None):
        self.path, self.version, self.root = path, version, root

    def __str__(self):
        return "%d.%d (%s)" % (self.version + (("chroot " if self.root else "") + self.path,))

    def command(self, *arguments):
        prefix = ["chroot", self.root] if self.root else []
        return prefix + [self.path] + list(arguments)


def version_of(command):
    try:
        answer = subprocess.run(command + ["-I", "-c", "import sys; print(*sys.version_info[:2])"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
        version = tuple(int(part) for part in answer.stdout.split())
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return version if len(version) == 2 and version >= OLDEST else None


def interpreters():
    """Every CPython to be found: the system's, pyenv's, and those of WHYALIVE_TEST_ROOTS."""
    paths = sorted(glob.glob("/usr/bin/python3.[0-9]*") + glob.glob("/usr/local/bin/python3.[0-9]*"))
    for folder in {os.environ.get("PYENV_ROOT"), os.path.expanduser("~/.pyenv")}:
        if folder:
            paths += sorted(glob.glob(os.path.join(folder, "versions", "3.*", "bin", "python")))
    found = []
    for path in paths:
        version = version_of([path]) if not path.endswith("-config") else None
        if version:
            found.append(Interpreter(path, version))
    for root in os.environ.get("WHYALIVE_TEST_ROOTS", "").split(":"):
        for path in sorted(glob.glob(os.path.join(root, "usr/bin/python3.[0-9]*")) if root else []):
            inside = path[len(root):]
            version = version_of(["chroot", root, inside]) if re.search(r"\d$", path) else None
            if version:
                found.append(Interpreter(inside, version, root))
    return found


def system_interpreter():
    return Interpreter(sys.executable, sys.version_info[:2])


class Target:
    """A process of target.py in one of its modes."""

    def __init__(self, interpreter, mode, environment=None, wrapper=()):
        parent = os.path.join(interpreter.root, "tmp") if interpreter.root else None
        self.folder = tempfile.mkdtemp(prefix="attach-", dir=parent)
        os.chmod(self.folder, 0o755)
        self.seen = self.folder[len(interpreter.root):] if interpreter.root else self.folder
        for file in (os.path.join(HERE, "target.py"), WORK, MARK):
            shutil.copy(file, self.folder)
        script, work = (os.path.join(self.seen, name) for name in ("target.py", "attach_work.so"))
        self.mark = os.path.join(self.seen, "attach_mark.so")
        self.marks = os.path.join(self.seen, "marks")
        self.process = subprocess.Popen(
            list(wrapper) + interpreter.command(script, mode, self.seen, work),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
            env=dict(os.environ, **(environment or {})))
        self.pid = self.process.pid
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the target did not start: " + self.process.communicate()[1])

    def attach(self, *options, library=None, argument=None):
        """What attaching cost, as attach_load prints it, or its error as a RuntimeError."""
        answer = subprocess.run(
            [ATTACH, str(self.pid), library or self.mark, ENTRY, argument or self.marks, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=120)
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr.strip())
        return json.loads(answer.stdout)

    def wait_for_marks(self, count, seconds=60):
        """The lines that loaded libraries wrote, when there are that many or the time is over."""
        path = os.path.join(self.folder, "marks")
        end = time.monotonic() + seconds
        lines = []
        while time.monotonic() < end:
            if os.path.exists(path):
                with open(path) as file:
                    lines = file.read().splitlines()
            if len(lines) >= count:
                break
            time.sleep(0.005)
        return lines

    def threads(self):
        return len(os.listdir("/proc/%d/task" % self.pid))

    def settled_threads(self, least):
        """How many threads it has when it starts no more of them."""
        before = -1
        while before != self.threads() or before < least:
            before = self.threads()
            time.sleep(0.1)
        return before

    def status(self, key):
        with open("/proc/%d/status" % self.pid) as file:
            for line in file:
                if line.startswith(key + ":"):
                    return line.split(":", 1)[1].strip()
        return None

    def finish(self):
        """Ends the work and returns what it found: {"rounds", "wrong"}."""
        open(os.path.join(self.folder, "stop"), "w").close()
        if self.process.poll() is None and self.status("SigCgt"):
            caught = int(self.status("SigCgt"), 16)
            if caught >> (signal.SIGUSR1 - 1) & 1:
                self.process.send_signal(signal.SIGUSR1)
        try:
            out, errors = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, errors = self.process.communicate()
            raise RuntimeError("the target hangs: " + errors)
        if self.process.returncode != 0 or not out.strip():
            raise RuntimeError("the target died (%s): %s" % (self.process.returncode, errors[-2000:]))
        return json.loads(out.strip().splitlines()[-1])

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()
