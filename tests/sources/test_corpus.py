"""The corpus for real: each small program runs with the agent, two snapshots are taken while it works,
and the first suspect must name the known line. Prints recall and precision, of each family of programs
and of all: those that a rule was written for, "reported" ones after leaks reported in real packages, and
"unseen", "later", "last" and "service" ones; those were measured before any rule was changed for them
(docs/statements.md).

Recall: programs whose known line ("#< store") is the first location of the first suspect. Precision: of
the locations that say what keeps things (store, capture, suspend, decorator), those on a marked line
("#< store" or "#< also"). Healthy programs must have no suspect.
"""
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")
BUILD = os.environ.get("WHYALIVE_BUILD_DIR",
                       os.path.join(os.path.dirname(os.path.dirname(HERE)), "build"))
WHYALIVE = os.path.join(BUILD, "whyalive")
PYTHON = os.environ.get("WHYALIVE_CORPUS_PYTHON", "/usr/bin/python3")

# Reached figures, less the room for one program to change.
RECALL = 0.97
PRECISION = 0.98
FAMILIES = ("reported_", "unseen_", "later_", "last_", "service_")
KEEPS = ("store", "capture", "suspend", "decorator")


def program_names():
    names = []
    for entry in sorted(os.listdir(CORPUS)):
        name = entry[:-3] if entry.endswith(".py") else entry
        if not name.startswith(("_", ".")):
            names.append(name)
    return names


def is_healthy(name):
    return name.startswith("healthy_")


def marks(path):
    """Marked lines of a file: {line: "store" or "also"}."""
    found = {}
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = re.search(r"#< (\w+)", line)
                if match:
                    found[number] = match.group(1)
    except OSError:
        pass
    return found


class Program:
    """A running program of the corpus, with the agent inside."""

    def __init__(self, name, folder):
        self.folder = folder
        runtime = os.path.join(folder, "runtime")
        os.makedirs(runtime, mode=0o700)
        self.environment = dict(os.environ, WHYALIVE_RUNTIME_DIR=runtime,
                                PYTHONDONTWRITEBYTECODE="1")
        self.process = subprocess.Popen(
            [WHYALIVE, "run", "--python", PYTHON, "--", os.path.join(HERE, "corpus_program.py"), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment, start_new_session=True)
        self.runtime = runtime

    def wait_ready(self):
        line = self.process.stdout.readline()
        if line.strip() != "READY":
            raise RuntimeError("no READY: %r %s" % (line, self.process.stderr.read()[-500:]))

    def pid(self):
        sockets = [one for one in os.listdir(self.runtime) if one.endswith(".sock")]
        return sockets[0].split(".")[0]

    def snapshot(self, name):
        path = os.path.join(self.folder, name)
        whyalive("snapshot", self.pid(), "-o", path, env=self.environment)
        return path

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def whyalive(*arguments, env=None):
    done = subprocess.run([WHYALIVE, *arguments], capture_output=True, text=True, env=env,
                          timeout=300)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(arguments), done.stderr.strip()))
    return done.stdout


def suspects_of(name):
    """The suspects after growth between two snapshots."""
    with tempfile.TemporaryDirectory() as folder:
        program = Program(name, folder)
        try:
            program.wait_ready()
            before = program.snapshot("before.whyalive")
            program.go_on()
            program.wait_ready()
            after = program.snapshot("after.whyalive")
        finally:
            program.end()
        return json.loads(whyalive("suspects", after, "--since", before, "--json"))["suspects"]


def family_of(name):
    return next((one for one in FAMILIES if name.startswith(one)), "")


class Tally:
    def __init__(self):
        self.programs = self.first = self.named = self.right = 0
        self.missed, self.wrong, self.alarms = [], [], []

    def add(self, name, suspects):
        if is_healthy(name):
            self.alarms += ["%s: %s" % (name, one["title"]) for one in suspects]
            return
        self.programs += 1
        locations = suspects[0]["locations"] if suspects else []
        known = [marks(one["file"]).get(one["line"]) for one in locations]
        if known and known[0] == "store":
            self.first += 1
        else:
            title = suspects[0]["title"] if suspects else "no suspect"
            self.missed.append("%s: %s; %s" % (name, title, [
                "%s %s:%d %s" % (one["role"], os.path.basename(one["file"]), one["line"],
                                 one["text"]) for one in locations[:3]]))
        for one, mark in zip(locations, known):
            if one["role"] not in KEEPS:
                continue
            self.named += 1
            if mark:
                self.right += 1
            else:
                self.wrong.append("%s: %s %s:%d %s" % (name, one["role"],
                                                       os.path.basename(one["file"]), one["line"],
                                                       one["text"]))

    def fail(self, name, problem):
        self.programs += 1
        self.missed.append("%s: %s" % (name, problem))

    def figures(self, title):
        recall = self.first / max(1, self.programs)
        precision = self.right / max(1, self.named)
        print("%s: %d programs, known line first in %d (recall %.2f); %d of %d lines right "
              "(precision %.2f); %d false alarms" % (title, self.programs, self.first, recall,
                                                     self.right, self.named, precision,
                                                     len(self.alarms)))
        return recall, precision

    def report(self):
        for title, lines in (("known line not first", self.missed), ("wrong lines", self.wrong),
                             ("false alarms", self.alarms)):
            for line in lines:
                print("%s: %s" % (title, line))
        return self.figures("corpus")


class Corpus(unittest.TestCase):
    def test_the_first_suspect_names_the_known_line(self):
        tally = Tally()
        families = {one: Tally() for one in ("",) + FAMILIES}
        chosen = os.environ.get("WHYALIVE_CORPUS", "").split() or program_names()
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            running = {name: pool.submit(suspects_of, name) for name in chosen}
        for name, future in running.items():
            both = (tally, families[family_of(name)])
            try:
                for one in both:
                    one.add(name, future.result())
            except RuntimeError as problem:  # a program without an answer counts as missed
                for one in both:
                    one.fail(name, problem)
        for family, one in families.items():
            if one.programs:
                one.figures((family or "written_").rstrip("_"))
        recall, precision = tally.report()
        self.assertGreaterEqual(recall, RECALL)
        self.assertGreaterEqual(precision, PRECISION)
        self.assertEqual(tally.alarms, [])


def missing():
    """Why the test cannot run here; None when it can."""
    if not os.path.exists(WHYALIVE):
        return "%s is not built" % WHYALIVE
    offered = subprocess.run([WHYALIVE, "--help"], capture_output=True, text=True).stdout
    if not re.search(r"^\s+suspects\b", offered, re.M):
        return "this whyalive has no command suspects"
    return None


if __name__ == "__main__":
    reason = missing()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    unittest.main()
