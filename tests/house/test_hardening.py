"""What is shipped is hardened, and the agent fits into any process: read from the binaries themselves."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

BUILD = Path(os.environ["WHYALIVE_BUILD_DIR"])
SERVER = BUILD / "whyalive"
AGENTS = sorted((BUILD / "agent/python/whyalive").glob("_agent*.so"))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def build_type():
    cache = (BUILD / "CMakeCache.txt").read_text()
    return (re.search(r"^CMAKE_BUILD_TYPE:\w+=(\w*)", cache, re.M)[1],
            re.search(r"^WHYALIVE_SANITIZE:\w+=(\S*)", cache, re.M)[1])


class Hardening(unittest.TestCase):
    def check(self, path):
        segments = output("readelf", "-lW", path)
        dynamic = output("readelf", "-dW", path)
        self.assertIn("DYN", segments, "not position-independent")
        self.assertIn("GNU_RELRO", segments)
        self.assertRegex(dynamic, r"FLAGS_1.*\bNOW\b")
        self.assertNotIn("(TEXTREL)", dynamic)
        # A package's libraries lie beside the program; an empty or relative entry would be a trap.
        found = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)
        self.assertIn(found, ([], ["$ORIGIN/lib"]))
        stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
        self.assertRegex(stack, r"\sRW\s", "the stack is executable")
        self.assertNotRegex(segments, r"\bRWE\b", "a segment is writable and executable")
        self.assertIn("__stack_chk_fail", output("nm", "-D", path))

    def test_server(self):
        self.check(SERVER)
        self.assertIn("_chk@", output("nm", "-D", SERVER), "built without _FORTIFY_SOURCE")

    def test_agents(self):
        self.assertTrue(AGENTS)
        for path in AGENTS:
            with self.subTest(path.name):
                self.check(path)

    def test_agents_show_nothing_but_their_entrances(self):
        for path in AGENTS:
            with self.subTest(path.name):
                symbols = {line.split()[-1] for line in output("nm", "-D", "--defined-only", path).splitlines()}
                self.assertEqual(symbols, {"PyInit__agent", "whyalive_agent_attach"})

    def test_agents_bring_their_own_runtime(self):
        for path in AGENTS:
            with self.subTest(path.name):
                needed = re.findall(r"\(NEEDED\).*\[(.*?)\]", output("readelf", "-dW", path))
                allowed = re.compile(r"lib(c|m|pthread|dl)\.so\.\d+|ld-linux.*")
                self.assertEqual([name for name in needed if not allowed.fullmatch(name)], [])


if __name__ == "__main__":
    kind, sanitizers = build_type()
    if kind == "Debug" or sanitizers:
        print(f"skipped: a {kind} build{' with sanitizers' if sanitizers else ''} is not what is shipped")
        sys.exit(77)
    unittest.main()
