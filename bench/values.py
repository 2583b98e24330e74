"""How long values out of the frozen copy take: an editor's whyalive/evaluate, a piped console, and what a person
waits for at a console's prompt.

    python3 bench/values.py [--objects 1000000] [--rounds 30] [--python PATH] [--json]

Whole round trips. Each evaluation copies the copy; the subject's heap says how large that is."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "lsp"), str(ROOT / "tests" / "agent")]
from copy_client import Copy  # noqa: E402
from editor import CAPABILITIES, Editor, WHYALIVE  # noqa: E402


def times(rounds, function, *arguments, **more):
    found = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        function(*arguments, **more)
        found.append((time.perf_counter_ns() - start) / 1e6)
    found.sort()
    return {"minimum": round(found[0], 1), "median": round(found[len(found) // 2], 1)}


def measure(options, folder):
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    environment = {**os.environ, "WHYALIVE_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT / "bench")}
    target = subprocess.Popen([WHYALIVE, "run", "--python", options.python, "--", str(ROOT / "bench/subject.py"),
                               str(options.objects)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=environment)
    target.stdout.readline()
    editor = Editor(env=environment)
    try:
        editor.initialize(CAPABILITIES)
        taken = editor.request("whyalive/snapshot", {"pid": target.pid})
        rows = editor.request("whyalive/sql", {"sql": "SELECT id FROM objects WHERE type = 'heapgen.Node' LIMIT 1"})
        node, copy = rows["rows"][0][0], taken["copy"]["pid"]
        results = {"objects": taken["objects"], "copyOwnMiB": taken["copy"]["ownBytes"] >> 20}
        ask = options.rounds, editor.request, "whyalive/evaluate"
        results["value of an object"] = times(*ask, {"object": node})
        results["expression: 1 + 1"] = times(*ask, {"expression": "1 + 1"})
        results["expression: heap.count('Node')"] = times(*ask, {"expression": "heap.count('heapgen.Node')"})
        pipe = [str(WHYALIVE), "console", str(copy), "-c", "1 + 1"]
        results["whyalive console COPY -c '1 + 1'"] = times(
            max(3, options.rounds // 3), subprocess.run, pipe, env=environment, check=True,
            stdout=subprocess.DEVNULL)
        with Copy(str(runtime / ("%d.twin" % copy))) as connection:
            session = connection.start(0)
            session.ask(op="open")
            results["at the prompt: an input"] = times(options.rounds, session.ask, op="run", source="x = 1")
            results["at the prompt: Tab"] = times(options.rounds, session.ask, op="complete", text="sys.std",
                                                  line="sys.std", cursor=7)
        return results
    finally:
        editor.kill()
        target.kill()
        target.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(options, Path(folder))
    if options.json:
        return print(json.dumps(results))
    for what, figure in results.items():
        shown = "%(median)s ms (minimum %(minimum)s)" % figure if isinstance(figure, dict) else figure
        print("%-40s %s" % (what, shown))


if __name__ == "__main__":
    main()
