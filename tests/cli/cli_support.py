"""Runs the real binary against real processes, for the tests of the command line and end to end."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build")))
WHYALIVE = os.path.join(BUILD, "whyalive")
PYTHON = sys.executable


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return "exit code %s\n--- stdout\n%s--- stderr\n%s" % (self.code, self.out, self.err)


def run_program(command, environment):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                          env=environment, check=False)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


class CliCase(unittest.TestCase):
    """Each test has a runtime folder of its own, so that tests may run side by side."""

    def setUp(self):
        # Short: the path of a Unix socket has room for 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="wa-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        runtime = os.path.join(self.folder, "run")
        os.mkdir(runtime, 0o700)
        self.environment = dict(os.environ, WHYALIVE_RUNTIME_DIR=runtime, NO_COLOR="1")
        self.environment.pop("WHYALIVE", None)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        mode = "w" if isinstance(text, str) else "wb"
        with open(self.path(name), mode) as file:
            file.write(text)
        return self.path(name)

    def whyalive(self, *arguments, **more):
        return run_program([WHYALIVE, *arguments], dict(self.environment, **more.get("env", {})))

    def ok(self, *arguments, **more):
        outcome = self.whyalive(*arguments, **more)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def fails(self, *arguments, **more):
        """One clear line on stderr that begins with the program's name; exit code 1."""
        outcome = self.whyalive(*arguments, **more)
        self.assertEqual(outcome.code, 1, outcome)
        self.assertEqual(outcome.out, "", outcome)
        lines = outcome.err.splitlines()
        self.assertEqual(len(lines), 1, outcome)
        self.assertTrue(lines[0].startswith("whyalive: "), outcome)
        return lines[0]

    def start(self, command, ready="ready", **more):
        """Starts a program and waits for its line `ready…`; it ends with the test."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=dict(self.environment, **more.get("env", {})), text=True)
        self.addCleanup(self.stop, process)
        for line in process.stdout:
            if line.startswith(ready):
                process.ready_line = line.rstrip("\n")
                return process
        self.fail("%s ended with %s before it was ready" % (command, process.wait()))

    def start_with_agent(self, script, *arguments, **more):
        command = [WHYALIVE, "run", "--python", more.pop("python", PYTHON), "--", script]
        return self.start(command + [str(a) for a in arguments], **more)

    def stop(self, process):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()

    def assertUnharmed(self, process):
        """The program still runs and answers on its standard input (see `echo_program`)."""
        process.stdin.write("ping\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "pong\n")


# A program that answers "ping" by "pong": to see that a target still works.
ECHO = """
import sys
{body}
print("ready", flush=True)
for line in sys.stdin:
    print(line.strip().replace("ping", "pong"), flush=True)
"""


def echo_program(body=""):
    return ECHO.format(body=body)
