"""Runs a test suite twice, once plain and once with the agent inside every process and a snapshot
of each of them every 100 ms, and compares what each test said.

    under_snapshots.py [--python P]… MODULE…                modules of unittest: test.test_gc
    under_snapshots.py --pytest [--python P] -- ARGUMENT…       pytest's own arguments

Prints one line per module and the differences; exit code 1 when there are any. A test that says
something else in two plain runs, or the same in a second run under snapshots, is unsteady by
itself: it is shown as such and not counted. Anything but a snapshot that an agent answers in a
process that lives is an error.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from snapshot_watcher import Watcher  # noqa: E402
from agent_client import PACKAGE  # noqa: E402

# "test_x (test.test_gc.GCTests.test_x)" or "(test.test_gc.GCTests)", perhaps a line of docstring, and
# after whatever the test printed: "ok", "FAIL", "ERROR", "skipped 'why'", "expected failure".
UNITTEST_NAME = re.compile(r"^(\w+) \(([\w.]+)\)", re.M)
UNITTEST_VERDICT = re.compile(r"(?:\.\.\. |^)(ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)\s*$", re.M)
PYTEST_VERDICT = re.compile(r"^(\S+::.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", re.M)


def unittest_results(text):
    found, starts = {}, list(UNITTEST_NAME.finditer(text))
    for start, following in zip(starts, starts[1:] + [None]):
        verdict = UNITTEST_VERDICT.search(text, start.end(), following.start() if following else len(text))
        if verdict and "_FailedTest" not in start[2]:  # that is a module which cannot be imported
            name = start[2] if start[2].endswith(start[1]) else f"{start[2]}.{start[1]}"
            found.setdefault(name, verdict[1].split()[0])
    return found


def pytest_results(text):
    return {name: verdict for name, verdict in PYTEST_VERDICT.findall(text)}


class Suite:
    """One command that runs tests, and how to read what it prints."""

    def __init__(self, name, command, read, options, path=""):
        self.name, self.command, self.read, self.options, self.path = name, command, read, options, path

    def run(self, agent):
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=self.path)
        environment.pop("WHYALIVE", None)
        with tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp", ignore_cleanup_errors=True) as folder:
            runtime, place = os.path.join(folder, "run"), self.options.directory or folder
            os.mkdir(runtime, 0o700)
            if agent:
                environment.update(WHYALIVE="1", WHYALIVE_RUNTIME_DIR=runtime)
            with Watcher(runtime, self.options.interval, self.options.reader) as watcher:
                began = time.monotonic()
                text, code = run_to_the_end(self.command, place, environment, self.options.timeout)
                took = time.monotonic() - began
        return Outcome(self.read(text), code, took, watcher, text)


class Outcome:
    def __init__(self, results, code, took, watcher, text):
        self.results, self.took, self.watcher, self.text = dict(results), took, watcher, text
        self.results["(exit code)"] = code

    def differences(self, other):
        mine, others = self.results, other.results
        return {name: (mine.get(name, "not run"), others.get(name, "not run"))
                for name in {**mine, **others} if mine.get(name) != others.get(name)}


def run_to_the_end(command, place, environment, timeout):
    with tempfile.TemporaryFile("w+", errors="replace") as output:  # no pipe that a forgotten child could hold open
        process = subprocess.Popen(command, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = "timeout"
        output.seek(0)
        return output.read(), code


def judge(suite):
    """The plain and the watched outcome, the differences that stay, and those that do not."""
    plain, watched = suite.run(False), suite.run(True)
    differences, unsteady = plain.differences(watched), {}
    for agent in (False, True):  # once more each, as long as there is something to explain
        if differences:
            again = suite.run(agent)
            moved = (watched if agent else plain).differences(again)
            unsteady.update({name: two for name, two in differences.items() if name in moved})
            differences = {name: two for name, two in differences.items() if name not in moved}
    return plain, watched, differences, unsteady


@contextlib.contextmanager
def environment_with_agent(python):
    """A virtual environment that has the agent's package on its path: isolated interpreters (-I), which
    CPython's tests start by the hundred and which ignore PYTHONPATH, get it, too."""
    with tempfile.TemporaryDirectory(prefix="wa-venv-", dir="/tmp") as folder:
        subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
        python = os.path.join(folder, "bin", "python")
        packages = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        Path(packages, "whyalive.pth").write_text(f"import sys; sys.path.insert(0, {PACKAGE!r})\n", encoding="utf-8")
        yield python


@contextlib.contextmanager
def suites_of(python, options):
    if options.pytest:
        command = [python, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--color=no", *options.what]
        yield [Suite("pytest", command, pytest_results, options, PACKAGE)]
        return
    with environment_with_agent(python) as inside:
        yield [Suite(name, [inside, "-m", "unittest", "-v", name], unittest_results, options)
               for name in options.what]


def report(python, suite):
    """Prints the outcome of a suite; the number of tests, and whether all is well."""
    plain, watched, differences, unsteady = judge(suite)
    tests, watcher = len(plain.results) - 1, watched.watcher
    if not tests:
        print(f"{python} {suite.name}: no test ran\n{plain.text[-2000:]}", flush=True)
        return 0, False
    print(f"{python} {suite.name}: {tests} tests, {watcher.taken} snapshots of {len(watcher.pids)} processes "
          f"({watcher.ended} processes ended first, {watcher.read} snapshots analysed), {plain.took:.1f} s plain, "
          f"{watched.took:.1f} s watched, {len(differences)} differences", flush=True)
    for title, some in (("differs", differences), ("unsteady", unsteady)):
        for test, (before, after) in sorted(some.items()):
            print(f"    {title}: {test}: {before} -> {after}")
    for error, times in watcher.errors.items():
        print(f"    agent, {times} times: {error}")
    if differences:
        print("    " + "\n    ".join(watched.text.splitlines()[-60:]), flush=True)
    return tests, not differences and not watcher.errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--directory", help="where to run the suite (a new, empty folder)")
    parser.add_argument("--interval", type=float, default=0.1, help="seconds between snapshots")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one module")
    parser.add_argument("--reader", metavar="WHYALIVE", help="the program that analyses every 25th snapshot")
    parser.add_argument("--pytest", action="store_true")
    parser.add_argument("what", nargs="+")
    options = parser.parse_args()
    total, fine = 0, True
    for python in options.python or [sys.executable]:
        with suites_of(python, options) as suites:
            for suite in suites:
                tests, well = report(python, suite)
                total, fine = total + tests, fine and well
    print(f"{total} tests: {'the same results with and without snapshots' if fine else 'results differ'}")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
