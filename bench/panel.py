"""How long the heap panel of a real VS Code takes with a large snapshot, tab by tab, and what memory it needs.

    python3 bench/panel.py [--objects 5000000] [--snapshot FILE] [--json]

Opens the packaged extension as tests/vscode does, and in it the snapshot file (twice, so that there is something to
compare; without one a heap of bench/heapgen.py is made and saved). Times are from the click to the answer on the
screen; "still" is the longest time that the window drew nothing while it waited."""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "vscode"))
import editor_case  # noqa: E402

WHYALIVE = os.path.join(editor_case.BUILD, "whyalive")


def saved_heap(objects, folder):
    """A snapshot file of a program with about so many objects."""
    program = subprocess.Popen([WHYALIVE, "run", "--", str(ROOT / "bench" / "editor_subject.py"), str(objects), "0"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": str(ROOT / "bench")})
    try:
        if not program.stdout.readline().startswith("ready"):
            sys.exit("the program did not start")
        file = os.path.join(folder, "heap.whyalive")
        subprocess.run([WHYALIVE, "snapshot", str(program.pid), "-o", file], check=True, stdout=subprocess.DEVNULL)
        return file
    finally:
        program.kill()
        program.communicate()


class Panel(editor_case.EditorCase):
    def runTest(self):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--objects", type=int, default=5_000_000)
    parser.add_argument("--snapshot")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    Panel.setUpClass()
    with tempfile.TemporaryDirectory(prefix="whyalive-panel-") as folder:
        workspace = os.path.join(folder, "workspace")
        os.mkdir(workspace)
        Path(workspace, "program.py").write_text("class Node:\n    pass\n", encoding="utf-8")
        file = options.snapshot or saved_heap(options.objects, folder)
        Panel().run_scenario("large-heap", workspace, WHYALIVE_SNAPSHOT=os.path.abspath(file),
                             WHYALIVE_FIGURES="json" if options.json else "table")


if __name__ == "__main__":
    editor_case.PATIENCE = 3600
    main()
