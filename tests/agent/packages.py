"""Packages from PyPI for any interpreter, one folder a minor version, as far as there are wheels for it.

Kept in .cache/wheels, fetched when first asked for. The interpreter itself needs no pip."""
import contextlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(ROOT, "tests", "support"))
from taking_turns import only_one  # noqa: E402

CACHE = os.path.join(ROOT, ".cache", "wheels")


def _pip():
    """A pip of our own: Debian's Python comes without."""
    python = os.path.join(CACHE, "pip", "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(CACHE, "pip")], check=True,
                       stdout=subprocess.DEVNULL)
    return python


def wheels(version, *requirements):
    """The folder to put on PYTHONPATH. A package that cannot be had is not in it; it is asked for again
    only when its folder is removed."""
    minor = ".".join(version.split(".")[:2])
    folder = os.path.join(CACHE, minor)
    with only_one(CACHE):
        for requirement in requirements:
            _fetch(folder, minor, requirement)
    return folder


def _fetch(folder, minor, requirement):
    tried = os.path.join(folder, requirement + ".tried")
    if os.path.exists(tried):
        return
    os.makedirs(folder, exist_ok=True)
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run([_pip(), "-m", "pip", "install", "--quiet", "--timeout", "15", "--retries", "1",
                        "--disable-pip-version-check", "--target", folder, "--python-version", minor,
                        "--implementation", "cp", "--only-binary", ":all:", requirement],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=200)
    open(tried, "w", encoding="ascii").close()


def has(folder, module):
    return os.path.exists(os.path.join(folder, module)) or os.path.exists(
        os.path.join(folder, module + ".py"))
