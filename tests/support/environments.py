"""A virtual environment with packages from PyPI, for tests that look at real ones. Kept in .cache, so that
the second run needs no network. Without pip or network the test is skipped, with the reason."""
import hashlib
import os
import subprocess
import sys

from taking_turns import only_one

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = 77  # what ctest takes for a skip


class Unavailable(Exception):
    """The environment cannot be made here; the text says why."""


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"


def python_with(*packages):
    """The interpreter of an environment that has these packages ("name==version")."""
    key = "%s %s %s" % (sys.executable, sys.version, " ".join(packages))
    folder = os.path.join(ROOT, ".cache", "venvs", hashlib.sha256(key.encode()).hexdigest()[:16])
    python, done = os.path.join(folder, "bin", "python"), os.path.join(folder, "complete")
    if os.path.exists(done):
        return python
    with only_one(folder + ".lock"):
        if not os.path.exists(done):
            make(folder, python, packages)
            with open(done, "w", encoding="utf-8"):
                pass
    return python


def make(folder, python, packages):
    for command in ([sys.executable, "-m", "venv", "--clear", folder],
                    [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input",
                     "--retries", "1", "--timeout", "15", *packages]):
        try:
            made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        except subprocess.TimeoutExpired:
            raise Unavailable("%s took longer than 300 s" % " ".join(command[1:4])) from None
        if made.returncode:
            raise Unavailable("%s: %s" % (" ".join(command[1:4]), last_line(made.stderr + made.stdout)))
