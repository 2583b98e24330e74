"""Does a web service mind being looked at for long? gunicorn with several workers under steady load, a snapshot
every second of one of them, taken by an editor that is attached all the while and asks for its hints.

    python3 bench/soak.py [--minutes 10] [--workers 3] [--rate 120] [--json]

Three phases: before (nobody looks), during (the editor is there), after (it has gone). Exit code 1 when a
request failed, or processes or descriptors were left behind."""
import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "lsp"), str(ROOT / "tests" / "support")]
from editor import BUILD, WHYALIVE, Editor  # noqa: E402
from environments import SKIPPED, Unavailable, python_with  # noqa: E402

SERVICE = ROOT / "bench" / "soak_service.py"
CONNECTIONS = 8
KEPT = 3  # snapshots that the editor keeps open
LEAST = 3  # snapshots in all, however slow the machine


def rss(pid):
    return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    """Files, pipes and local sockets: the clients' connections come and go meanwhile."""
    with open("/proc/net/unix", encoding="ascii", errors="replace") as file:
        local = {"socket:[%s]" % line.split()[6] for line in file.readlines()[1:]}
    count = 0
    for one in Path("/proc/%d/fd" % pid).iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was a connection
            link = os.readlink(one)
            count += not link.startswith("socket:") or link in local
    return count


def family(mark):
    """Every process that has this text in its environment: the service, copies of it, the server; pid -> state."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark in Path("/proc", name, "environ").read_bytes():
                found[int(name)] = Path("/proc", name, "stat").read_text().rpartition(") ")[2][0]
        except OSError:
            continue  # it has ended, or is not ours
    return found


def zombies_of(pid):
    found = []
    for task in Path("/proc/%d/task" % pid).iterdir():
        for child in (task / "children").read_text().split():
            try:
                state = Path("/proc", child, "stat").read_text().rpartition(") ")[2][0]
            except OSError:
                continue
            if state == "Z":
                found.append(int(child))
    return found


class Service:
    def __init__(self, folder, workers):
        self.folder = folder
        self.runtime = folder / "run"
        self.runtime.mkdir(mode=0o700)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = dict(os.environ, WHYALIVE="1", WHYALIVE_RUNTIME_DIR=str(self.runtime),
                                PYTHONPATH="%s:%s" % (BUILD / "agent/python", SERVICE.parent),
                                PYTHONDONTWRITEBYTECODE="1")
        self.log = open(folder / "log", "w", encoding="utf-8")
        self.master = subprocess.Popen(
            [python_with("gunicorn==23.0.0"), "-m", "gunicorn", "--workers", str(workers), "--threads", "4",
             "--bind", "127.0.0.1:%d" % self.port, "--worker-tmp-dir", str(folder), "--keep-alive", "60", "--timeout", "120",
             "soak_service:application"],
            env=self.environment, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while len(self.workers()) < workers or len(list(self.runtime.glob("*.sock"))) < workers + 1:
            if time.monotonic() > end or self.master.poll() is not None:
                sys.exit("the service did not start:\n" + (folder / "log").read_text())
            time.sleep(0.05)

    def workers(self):
        """The children of gunicorn's arbiter that are no copies."""
        found = []
        for child in Path("/proc/%d/task/%d/children" % ((self.master.pid,) * 2)).read_text().split():
            try:
                if Path("/proc", child, "comm").read_text() != "whyalive-twin\n":
                    found.append(int(child))
            except OSError:
                continue
        return found

    def processes(self):
        return family(os.fsencode("WHYALIVE_RUNTIME_DIR=%s\0" % self.runtime))

    def end(self):
        self.master.terminate()
        self.master.wait(120)
        self.log.close()


class Load:
    """The clients, in a process of their own."""

    def __init__(self, service, seconds, rate):
        self.path = service.folder / "requests"
        self.process = subprocess.Popen([sys.executable, SERVICE, str(service.port), str(seconds),
                                         str(CONNECTIONS), str(rate), self.path],
                                        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))

    def requests(self):
        """(due, lasted, worker or reason)"""
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines() if self.path.exists() else []:
            due, lasted, outcome = line.split(" ", 2)
            yield int(due), int(lasted), outcome


class Watcher:
    """The editor: a snapshot every second, hints after each, the oldest snapshots closed."""

    def __init__(self, service, worker):
        self.editor = Editor(env={"WHYALIVE_RUNTIME_DIR": str(service.runtime)})
        self.editor.initialize()
        self.source = self.editor.open(str(SERVICE))
        self.worker, self.stopped, self.kept, self.hinted = worker, [], [], 0
        self.editor.request("whyalive/attach", {"pid": worker})

    def look(self):
        taken = self.editor.request("whyalive/snapshot", {})
        self.stopped.append(taken["stoppedMs"])
        self.objects = taken["objects"]
        self.kept.append(taken["snapshot"])
        if len(self.kept) > KEPT:
            self.editor.request("whyalive/closeSnapshot", {"snapshot": self.kept.pop(0)})
        self.hinted += bool(self.editor.hints(self.source))

    def look_for(self, seconds, sample):
        end, following = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end or len(self.stopped) < LEAST:
            self.look()
            sample(self.editor.process.pid)
            following += 1
            time.sleep(max(0, following - time.monotonic()))

    def leave(self):
        code = self.editor.leave()
        self.editor.kill()
        return code


class Samples:
    """Resident memory of the watched worker, the others (their mean) and the server, over time."""

    def __init__(self, worker, others):
        self.worker, self.others = worker, others
        self.rows = {"watched worker": [], "other workers": [], "server": []}

    def take(self, server=None):
        self.rows["watched worker"].append(rss(self.worker))
        self.rows["other workers"].append(statistics.mean(map(rss, self.others)))
        if server:
            self.rows["server"].append(rss(server))

    def growth(self):
        """MB in the second quarter and in the last one: the first is for what fills up once."""
        result = {}
        for name, values in self.rows.items():
            quarter = max(1, len(values) // 4)
            result[name] = {"earlyMB": statistics.median(values[quarter:2 * quarter] or values) / 1e6,
                            "lateMB": statistics.median(values[-quarter:]) / 1e6}
        return result


def quantiles(times):
    times = sorted(times)
    at = lambda share: round(times[min(len(times) - 1, int(share * len(times)))] / 1e6, 2)  # noqa: E731
    return {"requests": len(times), "p50Ms": at(0.5), "p99Ms": at(0.99), "maxMs": at(1)} if times else None


def phase(requests, begin, end, watched):
    within = [(lasted, outcome) for due, lasted, outcome in requests if begin <= due < end]
    answered = [one for one in within if not one[1].startswith("failed")]
    return {"watched worker": quantiles([lasted for lasted, who in answered if who == str(watched)]),
            "other workers": quantiles([lasted for lasted, who in answered if who != str(watched)])}


def first_asked(load, workers):
    """A worker that has answered a request."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        asked = {who for _, _, who in load.requests()}
        for pid in workers:
            if str(pid) in asked:
                return pid
        time.sleep(0.05)
    sys.exit("no worker answered a request")


def settle(service, wanted):
    """The processes, once copies that nobody wants any more have ended."""
    end = time.monotonic() + 60
    while (now := service.processes()).keys() != wanted.keys() and time.monotonic() < end:
        time.sleep(0.05)
    return now


def soak(service, options):
    quiet = max(5.0, options.minutes * 60 / 10)
    during = options.minutes * 60
    workers = service.workers()
    load = Load(service, 2 * quiet + during + 3600, options.rate)
    try:
        time.sleep(quiet / 2)  # connections, caches
        watched = first_asked(load, workers)
        samples = Samples(watched, [pid for pid in workers if pid != watched])
        processes = service.processes()
        held = {pid: descriptors(pid) for pid in processes}
        marks = [time.monotonic_ns()]
        time.sleep(quiet)
        marks.append(time.monotonic_ns())
        watcher = Watcher(service, watched)
        watcher.look_for(during, samples.take)
        marks.append(time.monotonic_ns())
        code = watcher.leave()
        left = settle(service, processes)
        begin_after = time.monotonic_ns()
        time.sleep(quiet)
        marks.append(time.monotonic_ns())
        held_after = {pid: descriptors(pid) for pid in processes if pid in left}
        zombies = zombies_of(watched)
    finally:
        load.process.kill()
        load.process.wait()
    requests = list(load.requests())
    failed = [who for _, _, who in requests if who.startswith("failed")]
    return {"workers": len(workers), "seconds": round(during), "objects": watcher.objects,
            "snapshots": len(watcher.stopped), "hinted": watcher.hinted,
            "stoppedMs": {"median": round(statistics.median(watcher.stopped), 2),
                          "max": round(max(watcher.stopped), 2)},
            "requests": len(requests), "failed": failed[:10], "failedCount": len(failed),
            "latency": {"before": phase(requests, marks[0], marks[1], watched),
                        "during": phase(requests, marks[1], marks[2], watched),
                        "after": phase(requests, begin_after, marks[3], watched)},
            "memory": samples.growth(), "serverExit": code,
            "processes": {"before": len(processes), "after": len(left), "zombies": len(zombies),
                          "same": processes.keys() == left.keys()},
            "descriptors": {"before": held, "after": held_after, "same": held == held_after}}


def tell(result):
    print("%(workers)d workers, %(seconds)d s, %(snapshots)d snapshots of %(objects)d objects" % result)
    print("%d requests, %d failed%s" % (result["requests"], result["failedCount"],
                                        "".join("\n    " + one for one in result["failed"])))
    print("stopped %(median).2f ms (median), %(max).2f ms (most)" % result["stoppedMs"])
    print("\n| when | who answers | requests | p50, ms | p99, ms | longest, ms |\n|---|---|---|---|---|---|")
    for when, parts in result["latency"].items():
        for who, one in parts.items():
            if one:
                print("| %s | %s | %d | %.2f | %.2f | %.1f |" % (when, who, one["requests"], one["p50Ms"],
                                                                one["p99Ms"], one["maxMs"]))
    print("\n| resident, MB | second quarter | last quarter |\n|---|---|---|")
    for who, one in result["memory"].items():
        print("| %s | %.1f | %.1f |" % (who, one["earlyMB"], one["lateMB"]))
    count, held = result["processes"], result["descriptors"]
    print("\nprocesses %d before, %d after, %d zombies; descriptors %d before, %d after" %
          (count["before"], count["after"], count["zombies"], sum(held["before"].values()),
           sum(held["after"].values())))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--rate", type=float, default=120, help="requests a second")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp") as folder:
        try:
            service = Service(Path(folder), options.workers)
        except Unavailable as reason:
            print("skipped: %s" % reason)
            sys.exit(SKIPPED)
        try:
            result = soak(service, options)
        finally:
            service.end()
        result["leftovers"] = sorted(path.name for path in service.runtime.iterdir())
    print(json.dumps(result)) if options.json else tell(result)
    good = not result["failedCount"] and result["processes"]["same"] and not result["processes"]["zombies"] \
        and result["descriptors"]["same"] and not result["serverExit"] and not result["leftovers"]
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
