#!/usr/bin/env python3
"""stress.py [N] [MODE…]: attaches N times in a row to each kind of working process, and sees that every
attach came through and that the process did all its work right. Prints the distribution of pauses.

A short run of it is a test (test_stress.py); by hand it takes a few minutes for 1,000."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import attach_support as support  # noqa: E402

MODES = ["busy-python", "busy-c", "threads", "signals", "churn-alone", "epoll", "waits"]


def quantiles(values):
    values = sorted(values)

    def at(fraction):
        return values[min(len(values) - 1, int(fraction * len(values)))]
    return {"min": values[0], "median": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": values[-1]}


def run(mode, count, interpreter=None):
    """Attaches, and returns (outcomes, what the target found)."""
    with support.Target(interpreter or support.system_interpreter(), mode) as target:
        outcomes = [target.attach("--again") for _ in range(count)]
        marks = target.wait_for_marks(count)
        if len(marks) != count:
            raise RuntimeError("%s: %d of %d attaches came through" % (mode, len(marks), count))
        result = target.finish()
        if result["wrong"]:
            raise RuntimeError("%s: the target saw %d wrong results" % (mode, result["wrong"]))
        return outcomes, result


def main():
    arguments = sys.argv[1:]
    count = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 1000
    print("%-12s %6s  %-49s %7s %7s %8s" % ("target", "count", "pause us: min median p90 p99 max",
                                           "stops", "gil us", "total ms"))
    for mode in arguments or MODES:
        outcomes, result = run(mode, count)
        pause = quantiles([one["pauseUs"] for one in outcomes])
        print("%-12s %6d  %-49s %7.1f %7.0f %8.1f   %d rounds, all right" % (
            mode, count, "  ".join("%8.0f" % value for value in pause.values()),
            sum(one["stops"] for one in outcomes) / count,
            quantiles([one["gilHeldUs"] for one in outcomes])["median"],
            quantiles([one["totalMs"] for one in outcomes])["median"], result["rounds"]))
        sys.stdout.flush()


if __name__ == "__main__":
    start = time.monotonic()
    main()
    print("%.0f s" % (time.monotonic() - start))
