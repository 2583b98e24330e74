"""Installs a real VS Code for the end-to-end tests: code-server and playwright-core from the npm
registry, into .cache/vscode of the repository (git-ignored). Run as a program it only installs.

Idempotent: the second call looks at one stamp file. Chromium is the distribution's own (./dev installs
it); nothing here runs an install script. Raises Unavailable with the reason where a test must skip.
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(ROOT, "tests", "support"))
from taking_turns import only_one  # noqa: E402

FOLDER = os.path.join(ROOT, ".cache", "vscode")
WITH_NODE = os.path.join(ROOT, "clients", "vscode", "with-node")
CODE_SERVER = "code-server@4.139.1"  # VS Code 1.139.1
PLAYWRIGHT = "playwright-core@1.65.1"
QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
NETWORK_ERRORS = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|"
                            r"EHOSTUNREACH|ERR_SOCKET_TIMEOUT|npm is missing")


class Unavailable(Exception):
    """The editor cannot be had here; the message says why."""


def browser():
    for name in ("chromium", "chromium-browser"):
        path = shutil.which(name)
        if path:
            return path
    raise Unavailable("chromium is not installed (apt-get install chromium fonts-dejavu-core)")


def run_npm(folder, *words):
    done = subprocess.run([WITH_NODE, "npm", *words], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    if NETWORK_ERRORS.search(done.stdout):
        raise Unavailable("the npm registry cannot be reached:\n" + done.stdout[-600:])
    raise RuntimeError(f"npm {' '.join(words)} failed in {folder}:\n{done.stdout[-3000:]}")


def install():
    """Returns {"node_modules", "code_server", "browser"}: paths."""
    chromium = browser()
    stamp = os.path.join(FOLDER, f"installed-{CODE_SERVER}-{PLAYWRIGHT}".replace("@", "-"))
    modules = os.path.join(FOLDER, "node_modules")
    if not os.path.exists(stamp):
        with only_one(FOLDER):
            if not os.path.exists(stamp):
                install_packages(modules)
                open(stamp, "w", encoding="utf-8").close()
    return {"node_modules": modules, "browser": chromium,
            "code_server": os.path.join(modules, "code-server", "out", "node", "entry.js")}


def install_packages(modules):
    print("installing VS Code (code-server) into .cache/vscode: about a minute", file=sys.stderr)
    with open(os.path.join(FOLDER, "package.json"), "w", encoding="utf-8") as package:
        package.write('{"private":true}\n')
    run_npm(FOLDER, "install", *QUIET, CODE_SERVER, PLAYWRIGHT)
    workbench = os.path.join(modules, "code-server", "lib", "vscode")
    # `npm ci` refuses these two lock files; plain install takes the versions they pin.
    run_npm(workbench, "install", "--omit=dev", *QUIET)
    run_npm(os.path.join(workbench, "extensions"), "install", "--omit=dev", *QUIET)


if __name__ == "__main__":
    try:
        print(install()["code_server"])
    except Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(77)
