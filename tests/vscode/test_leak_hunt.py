"""The main job in a real VS Code: the packaged extension with its own server, and a leaking daemon.

Attach, take two snapshots, see the hint on the leaking line, jump to it; run a file from the editor;
look at the heap panel in a light and a dark theme. Screenshots go to build/screenshots.
"""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import editor_case

WHYALIVE = os.path.join(editor_case.BUILD, "whyalive")
EXAMPLE = os.path.join(editor_case.ROOT, "examples", "xmpp_daemon")


@contextlib.contextmanager
def example_copy():
    """The example in a folder of its own: an editor may leave files in its workspace."""
    with tempfile.TemporaryDirectory(prefix="whyalive-hunt-") as folder:
        workspace = os.path.join(folder, "xmpp_daemon")
        shutil.copytree(EXAMPLE, workspace, ignore=shutil.ignore_patterns("__pycache__"))
        yield workspace


@contextlib.contextmanager
def daemon(workspace):
    """The leaking daemon with the agent inside, once it has handled 3,000 requests; yields its pid."""
    process = subprocess.Popen([WHYALIVE, "run", "--", "daemon.py", "--rate", "100", "--warmup", "3000"],
                               cwd=workspace, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        ready = re.match(r"ready: pid (\d+)", line)
        if not ready:
            raise RuntimeError(f"the daemon did not start: {line!r}")
        yield int(ready.group(1))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class LeakHunt(editor_case.EditorCase):
    def test_from_a_running_process_to_the_leaking_line(self):
        with example_copy() as workspace, daemon(workspace) as pid:
            self.run_scenario("leak-hunt", workspace, WHYALIVE_TARGET_PID=str(pid))

    def test_what_grew_does_not_grow_after_the_fix(self):
        with example_copy() as workspace:
            self.run_scenario("after-the-fix", workspace, WHYALIVE_PROGRAM=WHYALIVE)

    def test_running_a_file_from_the_editor(self):
        with example_copy() as workspace:
            self.run_scenario("run-file", workspace)


if __name__ == "__main__":
    if not os.path.exists(WHYALIVE):
        print("skipped: the server is not built")
        sys.exit(editor_case.SKIPPED)
    editor_case.main()
