"""Debugging with the real debugpy: joining its process, snapshots at a breakpoint, before and after a step."""
import json
import os
import subprocess
import sys
import unittest

import editor_case
import editor_install

DEBUGPY = "debugpy==1.8.16"
PROGRAM = '''class Leaf:
    def __init__(self, number):
        self.number = number


kept = []


def grow():
    kept.extend(Leaf(number) for number in range(1000))

for _ in range(100):
    grow()
    print(len(kept))
'''


def debugger():
    """A Python with debugpy, in .cache/vscode: its path."""
    folder = os.path.join(editor_install.FOLDER, DEBUGPY.replace("==", "-"))
    python = os.path.join(folder, "bin", "python3")
    stamp = os.path.join(folder, "installed")
    with editor_install.only_one(editor_install.FOLDER):
        if not os.path.exists(stamp):
            for command in ([sys.executable, "-m", "venv", folder],
                            [python, "-m", "pip", "install", "--quiet", DEBUGPY]):
                done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                if done.returncode != 0:
                    raise editor_install.Unavailable("debugpy cannot be had: " + done.stdout[-400:])
            open(stamp, "w", encoding="utf-8").close()
    return python


def package_debugger():
    """The extension in tests/vscode/debugger as a .vsix."""
    file = os.path.join(editor_case.BUILD, "debugpy-for-tests.vsix")
    vsce = os.path.join(editor_case.EXTENSION, "node_modules", "@vscode", "vsce", "vsce")
    subprocess.run([editor_install.WITH_NODE, "node", vsce, "package", "--allow-missing-repository",
                    "--no-dependencies", "--skip-license", "--out", file], check=True,
                   cwd=os.path.join(editor_case.ROOT, "tests", "vscode", "debugger"), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return file


class Debugging(editor_case.EditorCase):
    def test_a_debug_session_is_joined_and_its_steps_compared(self):
        python = debugger()
        with self.workspace_with({"growing.py": PROGRAM}) as folder:
            os.mkdir(os.path.join(folder, ".vscode"))
            launch = {"name": "growing", "type": "debugpy", "request": "launch", "python": python,
                      "program": "${workspaceFolder}/growing.py", "console": "internalConsole"}
            with open(os.path.join(folder, ".vscode", "launch.json"), "w", encoding="utf-8") as file:
                json.dump({"version": "0.2.0", "configurations": [launch]}, file)
            self.run_scenario("debugging", folder, WHYALIVE_OTHER_VSIX=package_debugger())


if __name__ == "__main__":
    try:
        debugger()
    except editor_install.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(editor_case.SKIPPED)
    editor_case.main()
