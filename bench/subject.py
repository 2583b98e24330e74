"""The process that the benchmarks look at: builds a heap, then obeys one command a line.

    python subject.py OBJECTS

Commands: `collect` answers the nanoseconds of one gc.collect(); `count` answers the number of objects the
collector knows; `quit`. Answers are one JSON value a line on standard output."""
import gc
import json
import sys
import time

import heapgen


def answer(value):
    print(json.dumps(value), flush=True)


def collect():
    start = time.perf_counter_ns()
    gc.collect()
    return time.perf_counter_ns() - start


def main():
    gc.disable()
    heapgen.build(int(sys.argv[1]))
    gc.enable()
    answer("ready")
    for line in sys.stdin:
        command = line.strip()
        if command == "collect":
            answer(collect())
        elif command == "count":
            answer(len(gc.get_objects()))
        elif command == "quit":
            return


if __name__ == "__main__":
    main()
