"""How many pages a snapshot makes private: what the copy writes into while it walks, and what the target
has to copy because it writes itself. Both should be next to nothing: the pages of a heap stay shared.

    python3 bench/private_dirty.py [--objects 1000000] [--python PATH] [--json]

The copy is kept after the walk, both processes' /proc/PID/smaps are read, and of the copy only those
mappings count that the target has too (its own scratch memory is its own)."""
import argparse
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "agent"))
from agent_client import Target  # noqa: E402

PROGRAM = """
import gc, json, sys
sys.path.insert(0, %r)
import heapgen
gc.disable()
heapgen.build(%d)
gc.enable()
gc.collect()
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(len(gc.get_objects())), flush=True)
"""


def mappings(pid):
    """start → (end, bytes in it that this process alone has and has written, name)"""
    found, start = {}, None
    with open("/proc/%d/smaps" % pid) as file:
        for line in file:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+\s*(.*)", line)
            if head:
                start, end = int(head[1], 16), int(head[2], 16)
                found[start] = [end, 0, head[3].strip() or "[anonymous]"]
            elif line.startswith("Private_Dirty:"):
                found[start][1] = int(line.split()[1]) * 1024
    return found


def resident(pid):
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def measure(python, objects):
    with Target(python, PROGRAM % (os.path.join(ROOT, "bench"), objects)) as target:
        with target.client() as client:
            target.ask("touch")
            _, result = client.take_bytes(keep={})
            copy = mappings(result["twin"]["pid"])
            own = mappings(target.pid)
            shared = {start: one for start, one in copy.items()
                      if any(start < end and at < one[0] for at, (end, _, _) in own.items())}
            written = sorted(((one[1], one[2]) for one in shared.values() if one[1]), reverse=True)
            return {"objects": result["objectCount"], "rss": resident(target.pid),
                    "copyWrote": sum(size for size, _ in written), "where": written[:8],
                    "targetWrote": sum(one[1] for one in own.values())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.python, options.objects)
    if options.json:
        return print(json.dumps(figures))
    print("%d objects, RSS %.0f MB" % (figures["objects"], figures["rss"] / 1e6))
    print("written by the copy in pages of the target: %.0f kB" % (figures["copyWrote"] / 1024))
    for size, name in figures["where"]:
        print("    %6.0f kB  %s" % (size / 1024, name))
    print("written by the target since: %.0f kB" % (figures["targetWrote"] / 1024))


if __name__ == "__main__":
    main()
