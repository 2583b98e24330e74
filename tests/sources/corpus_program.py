"""Runs one program of the corpus and pauses where a snapshot is to be taken.

Usage: corpus_program.py NAME. It works, says READY, waits for a line, works again, says READY and waits
until its input ends.
"""
import importlib
import os
import sys

FIRST, SECOND = 3000, 1500


def pause():
    print("READY", flush=True)
    if not sys.stdin.readline():
        sys.stdout.flush()
        os._exit(0)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [os.environ.get("WHYALIVE_CORPUS_FOLDER", os.path.join(here, "corpus"))]
    program = importlib.import_module(sys.argv[1])
    if hasattr(program, "main"):
        program.main(pause)
        return
    for count in (FIRST, SECOND):
        program.work(count)
        pause()


if __name__ == "__main__":
    main()
