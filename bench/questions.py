"""How long the heap panel's questions and SQL take over the protocol, first and later, and how soon a cancelled
one ends: the real server over stdio, whole round trips, milliseconds.

    python3 bench/questions.py FILE TYPE [--panel SECONDS] [--json]

FILE is a snapshot, TYPE a type with many instances in it (heapgen.Iq). WHYALIVE_BUILD_DIR names another build to
compare with. The first question for kinds is asked at once when the file is open. With --panel the questions are
those of the heap panel's tabs, asked when it has shown its overview for so many seconds; 0: one right after the other."""
import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lsp"))
from editor import CAPABILITIES, Editor, RequestFailed  # noqa: E402

LATER = 3


def milliseconds(function, *arguments):
    start = time.perf_counter_ns()
    function(*arguments)
    return round((time.perf_counter_ns() - start) / 1e6, 1)


def questions(kind):
    where = "type = '%s'" % kind
    def sql(text):
        return "whyalive/sql", {"sql": text, "timeoutMs": 120_000}
    return {
        "kinds, 30 rows": ("whyalive/partition", {"by": "kind", "limit": 30}),
        "kinds, the first 10 of them": ("whyalive/partition", {"by": "kind", "limit": 10}),
        "objects of a type": ("whyalive/objects", {"type": kind, "limit": 100}),
        "objects by a condition": ("whyalive/objects", {"where": where, "limit": 100}),
        "kinds of objects by a condition": ("whyalive/partition", {"where": where, "limit": 30}),
        "why all of a type": ("whyalive/paths", {"type": kind, "count": 10}),
        "dominators": ("whyalive/dominators", {"limit": 100}),
        "SQL: duplicated strings": sql("SELECT text, copies, wasted FROM duplicates LIMIT 10"),
        "SQL: what a kind holds": sql("SELECT kind, count, size FROM held WHERE holder = '%s'" % kind),
    }


def panel_questions(kind):
    """As the panel's tabs ask at first; its Overview has asked for kinds and modules."""
    by = {way: ("whyalive/partition", {"by": way, "offset": 0, "limit": 2000})
          for way in ("kind", "type", "module", "holder", "referrers", "via", "size")}
    return {
        **{"table by " + way: question for way, question in by.items()},
        "flame graph": ("whyalive/flame", {}),
        "cycles": ("whyalive/cycles", {"limit": 50}),
        "dominators": ("whyalive/dominators", {"by": "object", "limit": 100}),
        "dominators by kind": ("whyalive/dominators", {"by": "kind", "limit": 100}),
        "objects of a type": ("whyalive/objects", {"type": kind, "limit": 100}),
        "why one object": ("whyalive/paths", {"objects": [100_000], "count": 10}),
        "why all of a type": ("whyalive/paths", {"type": kind, "count": 10}),
    }


def overview(editor):
    for by in ("kind", "module"):
        editor.request("whyalive/partition", {"by": by, "limit": 200})


def ask(editor, method, params):
    """A table that is read in pages is read to its end, as the panel does."""
    answer = editor.request(method, params)
    while "offset" in params and len(answer["rows"]) == params["limit"]:
        params = {**params, "offset": params["offset"] + params["limit"]}
        answer = editor.request(method, params)


def resident(editor):
    with open("/proc/%d/status" % editor.process.pid) as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def cancelled(editor, method, params, after):
    number = editor.start(method, params)
    time.sleep(after)
    start = time.perf_counter_ns()
    editor.notify("$/cancelRequest", {"id": number})
    try:
        editor.reply(number)
        return None  # it was ready before
    except RequestFailed:
        return round((time.perf_counter_ns() - start) / 1e6, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file")
    parser.add_argument("type")
    parser.add_argument("--panel", type=float, metavar="SECONDS")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    with Editor() as editor:
        editor.initialize(CAPABILITIES)
        found["open"] = milliseconds(editor.request, "whyalive/openSnapshot",
                                     {"path": str(Path(options.file).resolve())})
        found["MB when open"] = resident(editor)
        asked = questions(options.type)
        if options.panel is not None:
            asked = panel_questions(options.type)
            found["overview"] = milliseconds(overview, editor)
            time.sleep(options.panel)
        for name, (method, params) in asked.items():
            try:
                first = milliseconds(ask, editor, method, params)
                later = min(milliseconds(ask, editor, method, params) for _ in range(LATER))
                found[name] = {"first": first, "later": later}
            except RequestFailed as failed:
                found[name] = str(failed)
        found["MB at the end"] = resident(editor)
        sort = "SELECT id, refcount FROM objects ORDER BY refcount"
        group = "SELECT text, count(*) n FROM strings GROUP BY text ORDER BY n DESC"
        for text in (sort, group) if options.panel is None else ():
            waits = [cancelled(editor, "whyalive/sql", {"sql": text, "timeoutMs": 120_000}, after)
                     for after in (0.2, 0.5, 1, 1.5, 2)]
            found["cancel SQL: " + text] = [wait for wait in waits if wait is not None]
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print("%-80s %s" % (name, value))


if __name__ == "__main__":
    main()
