"""What a program that serves requests notices of snapshots: throughput and latency before, during, after.

    python3 bench/served_requests.py [--objects 1000000] [--snapshots 5] [--seconds 5] [--python PATH] [--json]

The program keeps the heap of heapgen.py and answers one request after the other over a socket: each parses
JSON, reads and changes some hundred objects all over the heap, and answers JSON. Meanwhile
`whyalive snapshot` is run on it, again and again. A request counts as "during" when any part of it lies
between the start and the end of a snapshot command, saving included."""
import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("WHYALIVE_BUILD_DIR", os.path.join(os.path.dirname(HERE), "build"))
WHYALIVE = os.path.join(BUILD, "whyalive")
PACKAGE = os.path.join(BUILD, "agent", "python")


def serve(objects):
    import gc
    import random
    import heapgen
    gc.disable()
    heapgen.build(objects)
    gc.enable()
    rows, choose = heapgen.BALLAST, random.Random(7).randrange
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    connection, _ = listener.accept()
    stream = connection.makefile("rwb")
    for line in stream:
        request, total = json.loads(line), 0
        for _ in range(100):
            row = rows[choose(len(rows))]
            row["name"] = "row %d" % request["n"]
            total += row["id"]
        stream.write(json.dumps({"n": request["n"], "total": total}).encode() + b"\n")
        stream.flush()


class Client:
    """One request after the other; keeps start and end of each."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port)).makefile("rwb")
        self.times, self.stop = [], False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        number = 0
        while not self.stop:
            number += 1
            start = time.perf_counter_ns()
            self.stream.write(b'{"n": %d}\n' % number)
            self.stream.flush()
            if json.loads(self.stream.readline())["n"] != number:
                raise AssertionError("an answer is missing")
            self.times.append((start, time.perf_counter_ns()))

    def close(self):
        self.stop = True
        self.thread.join()
        self.stream.close()


def summary(times, seconds):
    lasted = sorted((end - start) / 1e6 for start, end in times)
    pick = lambda share: lasted[min(len(lasted) - 1, int(share * len(lasted)))]  # noqa: E731
    return {"requests": len(lasted), "perSecond": len(lasted) / seconds, "p50Ms": pick(0.5),
            "p99Ms": pick(0.99), "maxMs": lasted[-1]}


def measure(python, objects, snapshots, seconds):
    environment = dict(os.environ, WHYALIVE="1", PYTHONPATH=PACKAGE)
    process = subprocess.Popen([python, os.path.abspath(__file__), "--serve", str(objects)], env=environment,
                               stdout=subprocess.PIPE, text=True)
    try:
        client = Client(int(process.stdout.readline()))
        marks, stops = [time.perf_counter_ns()], []
        time.sleep(seconds)
        marks.append(time.perf_counter_ns())
        during = []
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(snapshots):
                begin = time.perf_counter_ns()
                done = subprocess.run([WHYALIVE, "snapshot", str(process.pid), "-o",
                                       os.path.join(folder, "s"), "--json"], capture_output=True, text=True)
                if done.returncode:
                    sys.exit(done.stderr)
                during.append((begin, time.perf_counter_ns()))
                stops.append(json.loads(done.stdout)["stoppedMs"])
                time.sleep(0.2)
        marks.append(time.perf_counter_ns())
        time.sleep(seconds)
        marks.append(time.perf_counter_ns())
        client.close()
        within = lambda a, b: [t for t in client.times if a <= t[0] and t[1] <= b]  # noqa: E731
        touched = [t for t in client.times if any(t[0] < b and t[1] > a for a, b in during)]
        return {"before": summary(within(marks[0], marks[1]), (marks[1] - marks[0]) / 1e9),
                "during": summary(touched, sum(b - a for a, b in during) / 1e9),
                "after": summary(within(marks[2], marks[3]), (marks[3] - marks[2]) / 1e9),
                "stoppedMs": statistics.median(stops),
                "wholeMs": statistics.median((b - a) / 1e6 for a, b in during)}
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--snapshots", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each of before and after")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    result = measure(options.python, options.objects, options.snapshots, options.seconds)
    if options.json:
        return print(json.dumps(result))
    print("| when | requests a second | p50, ms | p99, ms | longest, ms |\n|---|---|---|---|---|")
    for when in ("before", "during", "after"):
        one = result[when]
        print("| %s | %.0f | %.2f | %.2f | %.1f |" % (when, one["perSecond"], one["p50Ms"], one["p99Ms"],
                                                     one["maxMs"]))
    print("\n%d snapshots: stopped %.1f ms, the whole command %.0f ms (medians)"
          % (options.snapshots, result["stoppedMs"], result["wholeMs"]))


if __name__ == "__main__":
    main()
