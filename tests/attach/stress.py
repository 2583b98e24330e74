#!/usr/bin/env python3
"""stress.py [N] [MODE…]: attaches N times in a row to each kind of working process, and sees that every
attach came through and that the process did all its work right. Prints the distribution of pauses, and what
the process has more of after the last attach than after the first tenth.

"agent" is no kind of process but the whole of `whyalive attach`: the agent comes, answers and goes, N times.

A short run of it is a test (test_stress.py); by hand it takes a few minutes for 1,000."""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "agent")]
import attach_support as support  # noqa: E402
from agent_client import children_of, connect, wait_until  # noqa: E402

MODES = ["busy-python", "busy-c", "threads", "signals", "churn-alone", "epoll", "waits"]


def quantiles(values):
    values = sorted(values)

    def at(fraction):
        return values[min(len(values) - 1, int(fraction * len(values)))]
    return {"min": values[0], "median": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": values[-1]}


def belongings(target):
    """What a process could gather."""
    with open("/proc/%d/maps" % target.pid) as file:
        mappings = len(file.readlines())
    return {"kB": int(target.status("VmRSS").split()[0]), "mappings": mappings, "threads": target.threads(),
            "descriptors": len(os.listdir("/proc/%d/fd" % target.pid)), "children": len(children_of(target.pid))}


def repeat(target, count, attach, settle):
    """Attaches that often; the outcomes, and what the target gathered after the first tenth of them."""
    outcomes = []
    held = []
    for much in (count // 10, count):
        outcomes += [attach() for _ in range(much - len(outcomes))]
        settle(much)
        held.append(belongings(target))
    return outcomes, {name: held[1][name] - held[0][name] for name in held[0]}


def run_agent(count, interpreter=None):
    """The whole of it, and that nothing is left of it at the end. Returns (seconds of each, growth)."""
    with tempfile.TemporaryDirectory(prefix="wa-", dir="/tmp") as folder:
        with support.Target(interpreter or support.system_interpreter(), "busy-python") as target:
            def attach():
                start = time.monotonic()
                subprocess.run([os.path.join(support.BUILD, "whyalive"), "attach", str(target.pid)], check=True,
                               stdout=subprocess.DEVNULL, env=dict(os.environ, WHYALIVE_RUNTIME_DIR=folder))
                took = time.monotonic() - start
                with connect(os.path.join(folder, "%d.sock" % target.pid)) as client:
                    if client.hello()["pid"] != target.pid:
                        raise RuntimeError("the agent of another process answers")
                    client.request("agent/stop")
                return took
            threads = target.threads()
            outcomes, growth = repeat(target, count, attach,
                                      lambda _: wait_until(lambda: target.threads() <= threads, 60))
            left = os.listdir(folder)
            result = target.finish()
    if left or result["wrong"]:
        raise RuntimeError("left behind: %s; wrong results: %d" % (left, result["wrong"]))
    return outcomes, growth


def run(mode, count, interpreter=None):
    """Attaches, and returns (outcomes, what the target found and gathered)."""
    with support.Target(interpreter or support.system_interpreter(), mode) as target:
        threads = target.threads()

        def settle(much):
            marks = target.wait_for_marks(much, 60)
            if len(marks) != much:
                raise RuntimeError("%s: %d of %d attaches came through" % (mode, len(marks), much))
            wait_until(lambda: target.threads() <= threads, 2)  # some modes start threads of their own
        outcomes, growth = repeat(target, count, lambda: target.attach("--again"), settle)
        result = target.finish()
        if result["wrong"]:
            raise RuntimeError("%s: the target saw %d wrong results" % (mode, result["wrong"]))
        return outcomes, dict(result, growth=growth)


def told(growth):
    return ", ".join("%+d %s" % (number, name) for name, number in growth.items())


def main():
    arguments = sys.argv[1:]
    count = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 1000
    print("%-12s %6s  %-49s %7s %7s %8s" % ("target", "count", "pause us: min median p90 p99 max",
                                           "stops", "gil us", "total ms"))
    for mode in arguments or MODES:
        if mode == "agent":
            outcomes, growth = run_agent(count)
            print("%-12s %6d  whole attaches, ms: %s   %s" % (mode, count, "  ".join(
                "%.0f" % (value * 1000) for value in quantiles(outcomes).values()), told(growth)))
            continue
        outcomes, result = run(mode, count)
        pause = quantiles([one["pauseUs"] for one in outcomes])
        print("%-12s %6d  %-49s %7.1f %7.0f %8.1f   %d rounds, all right; %s" % (
            mode, count, "  ".join("%8.0f" % value for value in pause.values()),
            sum(one["stops"] for one in outcomes) / count,
            quantiles([one["gilHeldUs"] for one in outcomes])["median"],
            quantiles([one["totalMs"] for one in outcomes])["median"], result["rounds"],
            told(result["growth"])))
        sys.stdout.flush()


if __name__ == "__main__":
    start = time.monotonic()
    main()
    print("%.0f s" % (time.monotonic() - start))
