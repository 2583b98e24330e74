"""The measurements behind docs/performance.md: what a snapshot costs the target, and how long the answers
take, as ratios to one gc.collect() of the very same process, taken in turns within one run.

    ./dev bench [--objects 1000000] [--processes 3] [--rounds 5] [--python PATH] [--json]

The collector's own speed differs between processes and the machine is shared: several processes, several
rounds each, minimum and median."""
import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(ROOT, "build"))
WHYALIVE = os.path.join(BUILD, "whyalive")
ANALYSIS = os.path.join(BUILD, "analysis_bench")


class Subject:
    """A process with a heap of about `objects` objects and the agent inside."""

    def __init__(self, python, objects):
        self.process = subprocess.Popen(
            [WHYALIVE, "run", "--", python, os.path.join(ROOT, "bench", "subject.py"), str(objects)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        assert json.loads(self.process.stdout.readline()) == "ready"

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def memory(self):
        with open("/proc/%d/status" % self.pid) as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def whyalive(*arguments):
    start = time.perf_counter_ns()
    done = subprocess.run([WHYALIVE, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit("whyalive %s: %s" % (" ".join(map(str, arguments)), done.stderr))
    return json.loads(done.stdout), time.perf_counter_ns() - start


def raw_bytes(path):
    """What the snapshot's sections hold before compression."""
    with open(path, "rb") as file:
        head = file.read(64)
        count = struct.unpack_from("<I", head, 16)[0]
        file.seek(struct.unpack_from("<Q", head, 40)[0])
        return sum(struct.unpack_from("<IIQQQQQ", file.read(48))[4] for _ in range(count))


def measure_process(python, objects, rounds, folder, keep):
    subject = Subject(python, objects)
    try:
        path, rows = os.path.join(folder, "%d.whyalive" % subject.pid), []
        subject.ask("collect")
        rss, before = subject.memory(), subject.ask("count")
        for number in range(rounds + 1):
            collect = subject.ask("collect")
            report, wall = whyalive("snapshot", subject.pid, "-o", path, "--json")
            counts, _ = whyalive("watch", subject.pid, "--json", "--duration", "0.1")
            time.sleep(counts["stoppedMs"] / 10)  # sooner, the agent would give the same counts again
            rows.append({"cold": number == 0, "collectNs": min(collect, subject.ask("collect")),
                         "stoppedNs": report["stoppedMs"] * 1e6, "waitedNs": report["waitedMs"] * 1e6,
                         "walkNs": report["walkMs"] * 1e6, "wallNs": wall, "objects": report["objects"],
                         "references": report["references"], "countNs": counts["stoppedMs"] * 1e6,
                         "tracked": counts["objects"]})
        result = {"rss": rss, "rounds": rows, "rawBytes": raw_bytes(path), "fileBytes": os.path.getsize(path),
                  "objectsLeft": subject.ask("count") - before}
        keep.append(path)
        return result
    finally:
        subject.close()


def low_mid(values):
    return "%.3g (median %.3g)" % (min(values), statistics.median(values))


def table(processes, objects):
    warm = [row for one in processes for row in one["rounds"] if not row["cold"]]
    cold = [row for one in processes for row in one["rounds"] if row["cold"]]
    count, last = warm[0]["objects"], processes[-1]
    gib = last["rss"] / 2**30
    lines = [
        ("objects / references", "%d / %d" % (count, warm[0]["references"])),
        ("RSS", "%.0f MB" % (last["rss"] / 1e6)),
        ("gc.collect(), ms", low_mid([row["collectNs"] / 1e6 for row in warm])),
        ("target stopped, ms", low_mid([row["stoppedNs"] / 1e6 for row in warm])),
        ("target stopped, ms per GiB of RSS", low_mid([row["stoppedNs"] / 1e6 / gib for row in warm])),
        ("target stopped / gc.collect()", low_mid([row["stoppedNs"] / row["collectNs"] for row in warm])),
        ("walk warm, ns an object", low_mid([row["walkNs"] / count for row in warm])),
        ("walk warm / gc.collect()", low_mid([row["walkNs"] / row["collectNs"] for row in warm])),
        ("walk cold / gc.collect()", low_mid([row["walkNs"] / row["collectNs"] for row in cold])),
        ("live counts, ms (%d tracked objects)" % warm[0]["tracked"],
         low_mid([row["countNs"] / 1e6 for row in warm])),
        ("live counts / gc.collect()", low_mid([row["countNs"] / row["collectNs"] for row in warm])),
        ("snapshot raw, bytes an object", "%.1f" % (last["rawBytes"] / count)),
        ("snapshot on disk, bytes an object", "%.1f" % (last["fileBytes"] / count)),
        ("whole `whyalive snapshot`, saved, ms", low_mid([row["wallNs"] / 1e6 for row in warm])),
        ("objects left in the target", str(last["objectsLeft"])),
    ]
    text = ["### %s objects asked for" % format(objects, ","), "", "| what | figure |", "|---|---|"]
    return "\n".join(text + ["| %s | %s |" % line for line in lines]) + "\n"


def analyse(path, collect):
    if not os.path.exists(ANALYSIS):
        return ""
    done = subprocess.run([ANALYSIS, path], capture_output=True, text=True)
    best = "gc.collect() of that process: %.1f ms at best" % (collect / 1e6)
    return "%s\n\n```\n%s%s```\n" % (best, done.stdout, done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, action="append", help="heap size, repeatable (default 1000000)")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    everything = {}
    with tempfile.TemporaryDirectory() as folder:
        for objects in options.objects or [1_000_000]:
            keep = []
            processes = [measure_process(options.python, objects, options.rounds, folder, keep)
                         for _ in range(options.processes)]
            everything[objects] = processes
            if not options.json:
                print(table(processes, objects))
                print(analyse(keep[-1], min(row["collectNs"] for row in processes[-1]["rounds"])), flush=True)
            for path in keep:
                os.unlink(path)
    if options.json:
        print(json.dumps(everything))


if __name__ == "__main__":
    main()
