"""python3.N compile.py OUTPUT.cpp SOURCE.py…: the Python code of agent/evaluate/inside as this very
interpreter compiles it, as C++. Its agent starts evaluations from that and compiles nothing; where the
process's interpreter has another bytecode it takes the sources (agent/evaluate/inside_source.h).
"""
import marshal
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path


def array(data):
    """Numbers, a line for every 32: a string literal may not be as long."""
    lines = [",".join(map(str, data[i:i + 32])) for i in range(0, len(data), 32)]
    return ",\n".join(lines)


def main(output, *sources):
    arrays, entries = [], []
    for path in map(Path, sources):
        code = compile(path.read_text(encoding="utf-8"), "<whyalive %s>" % path.stem, "exec", dont_inherit=True)
        arrays.append("constexpr unsigned char k_%s[] = {\n%s};\n" % (path.stem, array(marshal.dumps(code))))
        entries.append("k_%s" % path.stem)
    Path(output).write_text("""// Written by agent/evaluate/compile.py.
#include "agent/evaluate/inside_code.h"

namespace whyalive::agent {
namespace {

%s
constexpr std::span<const unsigned char> kCode[] = {%s};

}  // namespace

InsideCode insideCode() { return {%d, kCode}; }

}  // namespace whyalive::agent
""" % ("".join(arrays), ", ".join(entries), int.from_bytes(MAGIC_NUMBER, "little")), encoding="ascii")


main(*sys.argv[1:])
