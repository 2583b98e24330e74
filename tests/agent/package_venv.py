"""Virtual environments with packages from PyPI for tests, kept in .cache/venv of the repository
(git-ignored) from run to run."""
import hashlib
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, ".cache", "venv")


class NoPackages(Exception):
    """Why there is no environment; one line."""


def _run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no message"])[-1]
        raise NoPackages("%s: %s" % (" ".join(command[1:4]), last))


def python_with(python, version, packages):
    """The path of an interpreter like `python` that can import the packages."""
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:8]
    folder = os.path.join(FOLDER, "%s-%s" % (version, key))
    path = os.path.join(folder, "bin", "python")
    if os.path.exists(os.path.join(folder, "complete")):
        return path
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(FOLDER, exist_ok=True)
    _run(python, "-m", "venv", folder)
    _run(path, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *packages)
    open(os.path.join(folder, "complete"), "w").close()
    return path
