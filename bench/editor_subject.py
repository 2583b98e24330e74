"""The process of bench/editor.py: a heap of N objects (heapgen.py), the standard library and the packages of
its interpreter imported. Usage: editor_subject.py N MODULES. Says how many modules it has loaded."""
import gc
import importlib
import os
import pkgutil
import sys
import sysconfig
import warnings

import heapgen

SKIPPED = ("test", "tests", "idlelib", "turtledemo", "lib2to3", "antigravity", "this", "__main__", "tkinter")


def names_in(folder, prefix=""):
    for one in pkgutil.iter_modules([folder]):
        if one.name in SKIPPED or one.name.startswith("test_"):
            continue
        yield prefix + one.name
        if one.ispkg:
            yield from names_in(os.path.join(folder, one.name), prefix + one.name + ".")


def load(names, limit):
    before = len(sys.modules)
    for name in names:
        if len(sys.modules) - before >= limit:
            break
        try:
            importlib.import_module(name)
        except BaseException:  # what a module may do when nobody expects it
            pass


def main():
    objects, packages = int(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    output, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
    paths = sysconfig.get_paths()
    load(names_in(paths["stdlib"]), 10000)
    library = len(sys.modules)
    load(names_in(paths["purelib"]), packages)
    gc.disable()
    heapgen.build(objects)
    gc.enable()
    output.write("ready %d %d\n" % (library, len(sys.modules) - library))
    output.flush()
    for line in sys.stdin:
        for number in range(int(line)):
            heapgen.DISPATCHER.send(10 ** 9 + number)
        output.write("done\n")
        output.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
