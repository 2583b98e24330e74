"""Neovim, Emacs and Helix as Debian 13 has them, for driving the server by real editors.

An installed nvim of 0.10 or later, and an installed Emacs of 29 or later (eglot is part of it), are taken as
they are. Where there is none, Debian 13's packages are unpacked by mmdebstrap into .cache/editors once, and
run there by their own loader: nothing is installed, no other root is entered. Raises Unavailable with the
reason where that cannot be done.
"""
import contextlib
import glob
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "support"))
from taking_turns import only_one  # noqa: E402

FOLDER = ROOT / ".cache" / "editors"
SYSTEM = FOLDER / "trixie"
PACKAGES = "base-files,libc-bin,neovim,emacs-nox"
HELIX_SYSTEM = FOLDER / "trixie-helix"
HELIX_PACKAGES = "base-files,libc-bin,hx"


class Unavailable(Exception):
    """The editor cannot be had here; the message says why."""


class Command:
    """The words that start the editor, and what its environment needs."""

    def __init__(self, words, environment=None):
        self.words = words
        self.environment = environment or {}

    def run(self, *arguments, environment=None, timeout=500):
        return subprocess.run([*self.words, *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL,
                              env={**os.environ, **self.environment, **(environment or {})})


def mirror():
    """The Debian mirror of this machine's own apt sources."""
    for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*")]:
        with contextlib.suppress(OSError):
            text = Path(path).read_text(encoding="utf-8")
            found = re.search(r"^(?:deb(?: \[[^]]*\])? |URIs: *)(\S+/debian/?)(?:\s|$)", text, re.M)
            if found:
                return found.group(1)
    raise Unavailable("no Debian mirror is named in /etc/apt")


def unpack(packages=PACKAGES, system=SYSTEM):
    if shutil.which("mmdebstrap") is None:
        raise Unavailable("mmdebstrap is not installed (apt-get install mmdebstrap)")
    with only_one(FOLDER):
        stamp = FOLDER / ("unpacked-" + packages)
        if stamp.exists():
            return
        shutil.rmtree(system, ignore_errors=True)
        done = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=extract", "--include=" + packages, "trixie",
             str(system), "deb %s trixie main" % mirror()], capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise Unavailable("Debian 13's editors cannot be had: " + done.stderr[-300:].strip())
        stamp.touch()


def unpacked(program, system=SYSTEM):
    """The words that run a program of the unpacked system by its own loader and libraries."""
    libraries = system / "usr/lib/x86_64-linux-gnu"
    return [str(libraries / "ld-linux-x86-64.so.2"), "--library-path", str(libraries),
            str(system / "usr/bin" / program)]


def version_of(words):
    try:
        text = subprocess.run([*words, "--version"], capture_output=True, text=True, timeout=120).stdout
    except OSError:
        return (0, 0)
    found = re.search(r"(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else (0, 0)


def neovim():
    if version_of(["nvim"]) >= (0, 10):
        return Command(["nvim"])
    unpack()
    return Command(unpacked("nvim"), {"VIMRUNTIME": str(SYSTEM / "usr/share/nvim/runtime")})


def emacs():
    if version_of(["emacs"]) >= (29, 0):
        return Command(["emacs"])
    unpack()
    share = next((SYSTEM / "usr/share/emacs").glob("[0-9]*"))
    dump = next((SYSTEM / "usr/libexec/emacs").rglob("*.pdmp"))
    folders = ":".join(str(one) for one in [share / "lisp", *sorted((share / "lisp").rglob("*/"))])
    return Command([*unpacked("emacs-nox"), "--dump-file=" + str(dump)],
                   {"EMACSLOADPATH": folders, "EMACSDATA": str(share / "etc"),
                    "EMACSDOC": str(share / "etc"), "EMACSPATH": str(dump.parent)})


def helix():
    if version_of(["hx"]) >= (25, 0):
        return Command(["hx"])
    unpack(HELIX_PACKAGES, HELIX_SYSTEM)
    return Command(unpacked("hx", HELIX_SYSTEM),
                   {"HELIX_RUNTIME": str(HELIX_SYSTEM / "usr/lib/hx/runtime")})
