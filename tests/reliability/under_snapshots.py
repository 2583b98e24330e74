"""Runs a test suite twice, once plain and once with the agent inside every process and a snapshot
of each of them every 100 ms, and compares what each test said.

    under_snapshots.py [--python P]… [--interval 0.1] MODULE…     modules of unittest: test.test_gc
    under_snapshots.py --pytest [--python P] ARGUMENT…            pytest's own arguments

Prints one line per module and the differences; exit code 1 when there are any. A test that says
something else in two plain runs is unsteady by itself: differences are tried again, plain, and only
those that stay are counted.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "agent"))
from agent_client import PACKAGE, AgentClient  # noqa: E402

# "test_x (test.test_gc.GCTests.test_x)" or "(test.test_gc.GCTests)", perhaps a line of docstring, and
# after whatever the test printed: "ok", "FAIL", "ERROR", "skipped 'why'", "expected failure".
UNITTEST_NAME = re.compile(r"^(\w+) \(([\w.]+)\)", re.M)
UNITTEST_VERDICT = re.compile(r"(?:\.\.\. |^)(ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)\s*$", re.M)
PYTEST_VERDICT = re.compile(r"^(\S+::.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", re.M)


def unittest_results(text):
    found, starts = {}, list(UNITTEST_NAME.finditer(text))
    for start, following in zip(starts, starts[1:] + [None]):
        verdict = UNITTEST_VERDICT.search(text, start.end(), following.start() if following else len(text))
        if verdict:
            name = start[2] if start[2].endswith(start[1]) else f"{start[2]}.{start[1]}"
            found.setdefault(name, verdict[1].split()[0])
    return found


def pytest_results(text):
    return {name: verdict for name, verdict in PYTEST_VERDICT.findall(text)}


class Watcher:
    """Takes snapshots of every process whose socket lies in the folder, until it is told to stop."""

    def __init__(self, folder, interval):
        self.folder, self.interval = Path(folder), interval
        self.taken = self.missed = 0
        self.pids = set()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        while not self.ended.wait(self.interval):
            for path in self.folder.glob("*.sock"):
                try:
                    with AgentClient(str(path), timeout=20) as client:
                        client.take_bytes()
                    self.taken += 1
                    self.pids.add(path.stem)
                except (OSError, EOFError, IndexError, RuntimeError, Exception):  # it ended, or was busy
                    self.missed += 1


def run(command, read, agent, interval, timeout):
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    environment.pop("WHYALIVE", None)
    with tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp") as folder:
        runtime = os.path.join(folder, "run")
        os.mkdir(runtime, 0o700)
        if agent:
            environment.update(WHYALIVE="1", PYTHONPATH=PACKAGE, WHYALIVE_RUNTIME_DIR=runtime)
        else:  # the same path with nothing in it that starts an agent
            environment.update(PYTHONPATH=PACKAGE)
        with Watcher(runtime, interval) as watcher:
            began = time.monotonic()
            try:
                done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                                      text=True, errors="replace", check=False)
                text, code = done.stdout, done.returncode
            except subprocess.TimeoutExpired as expired:
                text, code = (expired.stdout or b"").decode(errors="replace"), "timeout"
        return read(text), code, time.monotonic() - began, watcher, text


def compare(plain, watched):
    return {name: (plain.get(name, "not run"), watched.get(name, "not run"))
            for name in {**plain, **watched} if plain.get(name) != watched.get(name)}


def judge(command, read, interval, timeout):
    """The two result lists, and the differences that are not the suite's own."""
    plain, plain_code, plain_time, _, text = run(command, read, False, interval, timeout)
    watched, code, took, watcher, watched_text = run(command, read, True, interval, timeout)
    differences = compare(plain, watched)
    if code != plain_code:
        differences["(exit code)"] = (plain_code, code)
    if differences:
        again, again_code, *_ = run(command, read, False, interval, timeout)
        unsteady = compare(plain, again)
        differences = {name: two for name, two in differences.items()
                       if name not in unsteady and not (name == "(exit code)" and again_code != plain_code)}
    return plain, differences, watcher, plain_time, took, watched_text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--interval", type=float, default=0.1, help="seconds between snapshots")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one module")
    parser.add_argument("--pytest", action="store_true")
    parser.add_argument("what", nargs="+")
    options, further = parser.parse_known_args()
    total, failed = 0, False
    for python in options.python or [sys.executable]:
        if options.pytest:
            commands = {"pytest": [python, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--color=no",
                                   *options.what, *further]}
            read = pytest_results
        else:
            commands = {name: [python, "-m", "unittest", "-v", name] for name in options.what}
            read = unittest_results
        for name, command in commands.items():
            plain, differences, watcher, plain_time, took, text = judge(command, read, options.interval,
                                                                        options.timeout)
            total += len(plain)
            if not plain:
                failed = True
                print(f"{python} {name}: no test ran\n{text[-2000:]}")
                continue
            print(f"{python} {name}: {len(plain)} tests, {watcher.taken} snapshots of {len(watcher.pids)} "
                  f"processes ({watcher.missed} not answered: the process ended or was busy), "
                  f"{plain_time:.1f} s plain, {took:.1f} s watched, {len(differences)} differences", flush=True)
            for test, (before, after) in sorted(differences.items()):
                failed = True
                print(f"    {test}: {before} -> {after}")
            if differences:
                print("    " + "\n    ".join(text.splitlines()[-30:]))
    print(f"{total} tests: {'results differ' if failed else 'the same results with and without snapshots'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
