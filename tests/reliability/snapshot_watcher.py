"""Takes a snapshot of every process whose agent listens in a folder, again and again: one thread a
process, the first snapshot as soon as the agent is there, so that short-lived processes are met in
their start and in their end, too.
"""

import collections
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "agent"))
from agent_client import AgentClient, AgentError  # noqa: E402

LOOK_EVERY = 0.01  # seconds between two looks into the folder
ANSWER_WITHIN = 60
# What an agent answers in a process that is on its way out.
ENDING = ("the process is ending", "the agent is stopping")


class Watcher:
    """`reader` is the program that analyses one snapshot in `read_every`; None: none is read."""

    def __init__(self, folder, interval, reader=None, read_every=25):
        self.folder, self.interval = Path(folder), interval
        self.reader, self.read_every = reader, read_every
        self.taken = self.read = 0
        self.ended = 0  # connections that broke because their process ended
        self.pids = set()
        self.errors = collections.Counter()  # what went wrong in a process that lives
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.threads = {}

    def __enter__(self):
        self.main = threading.Thread(target=self._look)
        self.main.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.main.join()
        for thread in self.threads.values():
            thread.join()

    def _look(self):
        while not self.stop.wait(LOOK_EVERY):
            for path in self.folder.glob("*.sock"):
                if path not in self.threads and alive(path.stem):
                    self.threads[path] = threading.Thread(target=self._watch, args=(path,))
                    self.threads[path].start()

    def _watch(self, path):
        number = 0
        while alive(path.stem):  # a killed process leaves its socket behind
            try:
                with AgentClient(str(path), timeout=ANSWER_WITHIN) as client:
                    data, _ = client.take_bytes()
            except (FileNotFoundError, ConnectionError, EOFError):
                with self.lock:
                    self.ended += 1
            except AgentError as error:
                with self.lock:
                    if str(error).startswith(ENDING):
                        self.ended += 1
                    else:
                        self.errors[str(error)] += 1
            except OSError as error:  # above all: no answer in time
                with self.lock:
                    if alive(path.stem) and not self.stop.is_set():
                        self.errors[f"{type(error).__name__}: {error}"] += 1
                    else:
                        self.ended += 1
            else:
                with self.lock:
                    self.taken += 1
                    self.pids.add(path.stem)
                if self.reader and number % self.read_every == 0:
                    self._analyse(data)
                number += 1
            if self.stop.wait(self.interval):
                return

    def _analyse(self, data):
        with tempfile.NamedTemporaryFile(prefix="wa-", suffix=".wa") as file:
            file.write(data)
            file.flush()
            done = subprocess.run([self.reader, "suspects", file.name, "--json"], capture_output=True, text=True,
                                  errors="replace", env=dict(os.environ, WHYALIVE=""), check=False)
        with self.lock:
            self.read += 1
            if done.returncode:
                self.errors[f"a snapshot cannot be analysed ({done.returncode}): {done.stderr.strip()}"] += 1


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
