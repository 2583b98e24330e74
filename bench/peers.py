"""The same heap asked the same things by WhyAlive, guppy3, objgraph and Pympler, per version of CPython.

    python3 bench/peers.py [--objects 1000000] [--rounds 3] [--python PATH]… [--json]

Every tool gets a process of its own with the same heap (heapgen.py), and gc.collect() is timed in that very
process beside it. The peers work inside the process: while they do, it stands still, and what they make stays
among its objects. They are fetched from PyPI as wheels, where there is one for that version."""
import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build"))
WHYALIVE = os.path.join(BUILD, "whyalive")
PEERS = ("guppy3", "objgraph", "pympler")


# ---- in the process that is looked at ------------------------------------------------------------

def guppy_heap():
    from guppy import hpy
    return lambda: str(hpy().heap())


def guppy_domisize():
    import heapgen
    from guppy import hpy
    return lambda: (hpy().heap() & heapgen.Iq).domisize


def guppy_byrcs():
    from guppy import hpy
    return lambda: str(hpy().heap().byrcs)


def guppy_paths():
    import heapgen
    from guppy import hpy
    return lambda: str(hpy().iso(heapgen.CACHE.events[500]).shpaths)


def objgraph_types():
    import objgraph
    return lambda: objgraph.most_common_types(limit=20)


def objgraph_chain():
    import heapgen
    import objgraph
    return lambda: objgraph.find_backref_chain(heapgen.CACHE.events[500], objgraph.is_proper_module)


def pympler_summary():
    from pympler import muppy, summary
    return lambda: summary.summarize(muppy.get_objects())


def pympler_asizeof():
    import heapgen
    from pympler import asizeof
    return lambda: asizeof.asizeof(heapgen.DISPATCHER)


WORK = {
    "guppy3: hpy().heap(), printed": guppy_heap,
    "guppy3: domisize of all Iq": guppy_domisize,
    "guppy3: heap().byrcs, printed": guppy_byrcs,
    "guppy3: shortest paths of one object": guppy_paths,
    "objgraph: most_common_types()": objgraph_types,
    "objgraph: find_backref_chain() of one object": objgraph_chain,
    "Pympler: muppy and summary": pympler_summary,
    "Pympler: asizeof() of the dispatcher": pympler_asizeof,
}

# Asked of the saved snapshot, each by a program that loads and analyses it first: the process runs on.
QUESTIONS = {
    "WhyAlive: what all Iq retain together": ["sql", "SELECT retained_together(id) FROM objects WHERE type = "
                                              "'heapgen.Iq'"],
    "WhyAlive: heap --by referrers": ["heap", "--by", "referrers"],
    "WhyAlive: heap --by via": ["heap", "--by", "via"],
    "WhyAlive: why is every Iq alive": ["why", "--type", "heapgen.Iq"],
    "WhyAlive: suspects": ["suspects"],
}


def timed(function):
    start = time.perf_counter_ns()
    function()
    return time.perf_counter_ns() - start


def subject(objects, name, rounds):
    import heapgen
    gc.disable()
    heapgen.build(objects)
    gc.enable()
    work = WORK[name]() if name else None
    gc.collect()
    gc.collect()
    before = len(gc.get_objects())
    if work is None:
        for line in sys.stdin:
            print(json.dumps({"collect": timed(gc.collect), "count": len(gc.get_objects())}[line.strip()]),
                  flush=True)
        return
    rows = []
    for _ in range(rounds):
        collect = timed(gc.collect)
        rows.append({"collectNs": collect, "stoppedNs": timed(work)})
    print(json.dumps({"rounds": rows, "left": len(gc.get_objects()) - before}))


# ---- outside -------------------------------------------------------------------------------------

def version_of(python):
    answer = subprocess.run([python, "-I", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
                            capture_output=True, text=True)
    return answer.stdout.strip()


def start(python, objects, name, rounds, **environment):
    return subprocess.Popen([python, os.path.abspath(__file__), "--subject", name, "--objects", str(objects),
                             "--rounds", str(rounds)], env=dict(os.environ, **environment),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def measure_peer(python, folder, objects, name, rounds):
    process = start(python, objects, name, rounds, PYTHONPATH=folder)
    output, error = process.communicate()
    if "ModuleNotFoundError" in error:
        return {"failed": "PyPI has no wheel for this version"}
    if process.returncode:
        return {"failed": (error.strip().splitlines() or ["died"])[-1]}
    return json.loads(output)


def measure_whyalive(python, objects, rounds, question=None):
    package = os.path.join(BUILD, "agent", "python")
    process = start(python, objects, "", rounds, WHYALIVE="1", PYTHONPATH=package)

    def ask(command):
        process.stdin.write(command + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        before, rows = ask("count"), []
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                collect = ask("collect")
                begin = time.perf_counter_ns()
                done = subprocess.run([WHYALIVE, "snapshot", str(process.pid), "-o",
                                       os.path.join(folder, "s"), "--json"], capture_output=True, text=True)
                if done.returncode:
                    return {"failed": done.stderr.strip()}
                rows.append({"collectNs": collect, "wholeNs": time.perf_counter_ns() - begin,
                             "stoppedNs": json.loads(done.stdout)["stoppedMs"] * 1e6})
                if question:
                    rows[-1].update(stoppedNs=0, wholeNs=timed(lambda: subprocess.run(
                        [WHYALIVE, question[0], os.path.join(folder, "s"), *question[1:]], check=True,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)))
        return {"rounds": rows, "left": ask("count") - before}
    finally:
        process.stdin.close()
        process.wait()


def row(version, name, result):
    if "failed" in result:
        return "| %s | %s | | | | | not run: %s |" % (version, name, result["failed"])
    rounds = result["rounds"]
    median = lambda values: statistics.median(list(values))  # noqa: E731
    stopped = median(r["stoppedNs"] for r in rounds)
    return "| %s | %s | %.1f | %.1f | %.3g× | %.0f | %+d |" % (
        version, name, median(r["collectNs"] for r in rounds) / 1e6, stopped / 1e6,
        median(r["stoppedNs"] / r["collectNs"] for r in rounds),
        median(r.get("wholeNs", r["stoppedNs"]) for r in rounds) / 1e6, result["left"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", action="append", help="interpreter, repeatable (default: all with an agent)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--subject", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subject is not None:
        return subject(options.objects, options.subject, options.rounds)
    sys.path.insert(0, os.path.join(ROOT, "tests", "agent"))
    import agent_client
    import packages
    pythons = options.python or newest_of_each(agent_client.interpreters())
    results = []
    if not options.json:
        print("| CPython | asked | gc.collect(), ms | stands still, ms | / gc.collect() | whole, ms | objects left |")
        print("|---|---|---|---|---|---|---|", flush=True)
    for python in pythons:
        version = version_of(python)
        folder = packages.wheels(version, *PEERS)
        for name in ("WhyAlive: snapshot, saved", *QUESTIONS, *WORK):
            result = (measure_peer(python, folder, options.objects, name, options.rounds) if name in WORK
                      else measure_whyalive(python, options.objects, options.rounds, QUESTIONS.get(name)))
            results.append({"python": version, "asked": name, **result})
            if not options.json:
                print(row(version, name, result), flush=True)
    if options.json:
        print(json.dumps(results))


def newest_of_each(found):
    """One interpreter of each minor version."""
    chosen = {}
    for path, version in sorted(found.items(), key=lambda item: [int(n) for n in item[1].split(".")]):
        chosen[version.rpartition(".")[0]] = path
    return list(chosen.values())


if __name__ == "__main__":
    main()
