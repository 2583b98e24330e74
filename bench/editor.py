"""How fast an editor is answered with a large snapshot loaded: a scripted editor talks to the real server over
stdio, beside a process that has imported the standard library and some hundred modules of packages.

    python3 bench/editor.py [--objects 5000000] [--packages 500] [--python PATH] [--json]

--python: an interpreter with packages in its site-packages. Times are whole round trips, JSON on both sides
included: first hints of a file not seen before, hints again, hints right after an edit."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lsp"))
from editor import CAPABILITIES, Editor, WHYALIVE  # noqa: E402

FILES, REPEATS, EDITS = 200, 2000, 400


def milliseconds(function, *arguments):
    start = time.perf_counter_ns()
    result = function(*arguments)
    return (time.perf_counter_ns() - start) / 1e6, result


def summary(times):
    times = sorted(times)
    return {"median": round(times[len(times) // 2], 2),
            "p99": round(times[min(len(times) - 1, len(times) * 99 // 100)], 2),
            "most": round(times[-1], 2)}


class Session:
    def __init__(self, options, folder):
        os.mkdir(folder / "run", 0o700)
        self.environment = {"WHYALIVE_RUNTIME_DIR": str(folder / "run"),
                            "PYTHONPATH": str(ROOT / "bench")}
        self.target = subprocess.Popen(
            [WHYALIVE, "run", "--python", options.python, "--", str(ROOT / "bench/editor_subject.py"),
             str(options.objects), str(options.packages)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **self.environment})
        words = self.target.stdout.readline().split()
        if not words or words[0] != "ready":
            sys.exit("the subject did not start")
        self.library, self.packages = map(int, words[1:])
        self.editor = Editor(env=self.environment)
        self.editor.initialize(CAPABILITIES)

    def work(self, count):
        self.target.stdin.write("%d\n" % count)
        self.target.stdin.flush()
        self.target.stdout.readline()

    def snapshot(self):
        return self.editor.request("whyalive/snapshot", {"pid": self.target.pid})

    def end(self):
        self.editor.kill()
        self.target.kill()
        self.target.wait()


def loaded_files(session, options):
    """Sources of the interpreter that the process has loaded: asked of such a process itself."""
    script = ("import sys; sys.argv[1:] = ['0', '%d']; import editor_subject as s, os; "
              "os._exit = lambda code: None; sys.stdin = open(os.devnull); out = sys.stdout; s.main(); "
              "[out.write(m.__file__ + '\\n') for m in list(sys.modules.values()) "
              "if (getattr(m, '__file__', None) or '').endswith('.py')]; out.flush()" % options.packages)
    done = subprocess.run([options.python, "-c", script], capture_output=True, text=True,
                          env={**os.environ, **session.environment})
    return sorted({line for line in done.stdout.splitlines() if line.endswith(".py")})


def measure(session, options):
    editor, figures = session.editor, {}
    figures["loaded modules"] = session.library + session.packages
    taken = session.snapshot()
    session.work(3000)
    elapsed, taken = milliseconds(session.snapshot)
    figures["objects"] = taken["objects"]
    figures["snapshot, all of it, ms"] = round(elapsed)
    paths = loaded_files(session, options)
    print("measuring", file=sys.stderr, flush=True)
    generator = str(ROOT / "bench/heapgen.py")
    figures["first hints of the leaking file, ms"] = round(
        milliseconds(editor.hints, editor.open(generator))[0], 1)
    chosen = paths[::max(1, len(paths) // FILES)][:FILES]
    figures["first hints of a file, ms"] = summary(
        [milliseconds(editor.hints, Path(one).as_uri())[0] for one in chosen])
    opened = [editor.open(one, Path(one).read_text(encoding="utf-8", errors="replace"))
              for one in chosen] + [Path(generator).as_uri()]
    for uri in opened:
        editor.hints(uri)
    figures["inlayHint, ms"] = summary(
        [milliseconds(editor.hints, opened[i % len(opened)])[0] for i in range(REPEATS)])
    for lines in (100, 1000, 3000):
        path = min(chosen, key=lambda one: abs(len(Path(one).read_bytes().splitlines()) - lines))
        size = len(Path(path).read_bytes().splitlines())
        figures["inlayHint after an edit, %d lines, ms" % size] = summary(
            edits(editor, Path(path).as_uri(), size // 2))
    return figures


def edits(editor, uri, line):
    """Types a character in the middle of the file and asks for the hints, again and again."""
    times = []
    at = {"line": line, "character": 0}
    for number in range(EDITS):
        end = at if number % 2 == 0 else {"line": line, "character": 1}
        start = time.perf_counter_ns()
        editor.notify("textDocument/didChange", {
            "textDocument": {"uri": uri, "version": number + 2},
            "contentChanges": [{"range": {"start": at, "end": end}, "text": "x" if end == at else ""}]})
        editor.hints(uri)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--objects", type=int, default=5_000_000)
    parser.add_argument("--packages", type=int, default=500)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wa-") as folder:
        session = Session(options, Path(folder))
        try:
            figures = measure(session, options)
        finally:
            session.end()
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    print("| what | figure |\n|---|---|")
    for name, value in figures.items():
        if isinstance(value, dict):
            value = "%(median)s (p99 %(p99)s, most %(most)s)" % value
        print("| %s | %s |" % (name, value))


if __name__ == "__main__":
    main()
