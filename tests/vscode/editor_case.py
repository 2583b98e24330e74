"""Runs a scenario of tests/vscode/scenarios in a real VS Code with the packaged extension.

Knows paths and the environment of the driver (driver/editor.mjs), nothing of what a scenario checks.
"""
import glob
import os
import subprocess
import sys
import tempfile
import unittest

import editor_install

ROOT = editor_install.ROOT
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build"))
SCENARIOS = os.path.join(ROOT, "tests", "vscode", "scenarios")
EXTENSION = os.path.join(ROOT, "clients", "vscode")
SKIPPED = 77
PATIENCE = 500  # seconds for one scenario; ctest gives a test file 1800


def prepare_extension():
    """node_modules of clients/vscode, as its lock file says."""
    modules = os.path.join(EXTENSION, "node_modules", ".package-lock.json")
    lock = os.path.join(EXTENSION, "package-lock.json")
    if not os.path.exists(modules) or os.path.getmtime(modules) < os.path.getmtime(lock):
        editor_install.run_npm(EXTENSION, "ci", *editor_install.QUIET)


def package_with_server():
    """The .vsix of this build folder, with its server and agents inside."""
    run_package()
    return sorted(glob.glob(os.path.join(BUILD, "whyalive-*.vsix")))[-1]


def package_without_server():
    file = os.path.join(BUILD, "vsix-without-server", "whyalive.vsix")
    run_package("--without-server", file)
    return file


def run_package(*options):
    done = subprocess.run([editor_install.WITH_NODE, "npm", "run", "--silent", "package", "--", *options],
                          cwd=EXTENSION, env={**os.environ, "WHYALIVE_BUILD_DIR": BUILD},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"packaging failed:\n{done.stdout}")


class EditorCase(unittest.TestCase):
    """setUpClass installs the editor and makes the package; the whole class skips where it cannot."""
    package = staticmethod(package_with_server)

    @classmethod
    def setUpClass(cls):
        cls.installed = editor_install.install()
        prepare_extension()
        cls.vsix = cls.package()

    def run_scenario(self, name, workspace, **variables):
        environment = {
            **os.environ,
            "WHYALIVE_NODE_MODULES": self.installed["node_modules"],
            "WHYALIVE_CODE_SERVER": self.installed["code_server"],
            "WHYALIVE_CHROMIUM": self.installed["browser"],
            "WHYALIVE_VSIX": self.vsix,
            "WHYALIVE_SCREENSHOTS": os.path.join(BUILD, "screenshots"),
            "WHYALIVE_WORKSPACE": workspace,
            **variables,
        }
        command = [editor_install.WITH_NODE, "node", os.path.join(SCENARIOS, name + ".mjs")]
        driver = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        try:
            output, _ = driver.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            driver.terminate()  # it takes the editor along
            output, _ = driver.communicate()
            output += f"\ngave up after {PATIENCE} s"
        print(output, end="", file=sys.stderr)
        self.assertEqual(driver.returncode, 0, output)

    @staticmethod
    def workspace_with(files):
        folder = tempfile.TemporaryDirectory(prefix="whyalive-workspace-")
        for name, text in files.items():
            with open(os.path.join(folder.name, name), "w", encoding="utf-8") as file:
                file.write(text)
        return folder


def main():
    """unittest.main, but exit code 77 when the editor cannot be had."""
    try:
        editor_install.install()
        prepare_extension()
    except editor_install.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
