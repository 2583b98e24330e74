"""The .vsix stands alone: its server brings its libraries, its agents and what draws pictures."""
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

import editor_case
import editor_install

PROGRAM = '''import sys
class Node:
    def __init__(self, parent):
        self.parent = parent
kept = Node(None)
kept = [Node(kept) for _ in range(20)]
print("ready", flush=True)
sys.stdin.readline()
'''
# What every Linux has, and what must be the system's own.
OF_THE_SYSTEM = re.compile(r"(linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|resolv)\.so)")


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        editor_case.prepare_extension()
        cls.folder = tempfile.TemporaryDirectory(prefix="wa-vsix-", dir="/tmp")
        with zipfile.ZipFile(editor_case.package_with_server()) as package:
            for entry in package.infolist():
                path = package.extract(entry, cls.folder.name)
                os.chmod(path, (entry.external_attr >> 16) & 0o777 or 0o644)
        cls.server = os.path.join(cls.folder.name, "extension", "server")
        cls.whyalive = os.path.join(cls.server, "whyalive")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_no_library_but_the_c_library_comes_from_the_system(self):
        graphviz = os.path.join(self.server, "lib", "graphviz")
        plugins = [os.path.join(graphviz, name) for name in os.listdir(graphviz) if ".so" in name]
        self.assertEqual(len(plugins), 3)
        told = subprocess.run(["ldd", self.whyalive], stdout=subprocess.PIPE, text=True, check=True).stdout
        foreign = [line.strip() for line in told.splitlines()
                   if not OF_THE_SYSTEM.search(line) and self.server not in line]
        self.assertEqual(foreign, [])
        beside = set(os.listdir(os.path.join(self.server, "lib")))
        for plugin in plugins:
            told = subprocess.run(["ldd", plugin], stdout=subprocess.PIPE, text=True, check=True).stdout
            names = {line.split()[0] for line in told.splitlines() if not OF_THE_SYSTEM.search(line)}
            self.assertEqual(names - beside, set())

    def test_it_runs_a_program_and_draws_pictures_of_its_heap(self):
        runtime = os.path.join(self.folder.name, "run")
        os.mkdir(runtime, 0o700)
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder.name, "WHYALIVE_RUNTIME_DIR": runtime,
                       "PYTHONDONTWRITEBYTECODE": "1"}
        script = os.path.join(self.folder.name, "program.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        program = subprocess.Popen([self.whyalive, "run", "--python", sys.executable, "--", script],
                                   env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.communicate)
        self.assertEqual(program.stdout.readline(), "ready\n")
        with open(f"/proc/{program.pid}/maps", encoding="utf-8") as maps:
            self.assertNotIn(os.path.join(self.server, "lib"), maps.read(), "the program's libraries are its own")
        for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")):
            file = os.path.join(self.folder.name, "picture." + kind)
            done = subprocess.run([self.whyalive, "graph", str(program.pid), "--type", "Node", "-o", file],
                                  env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)
            with open(file, "rb") as picture:
                self.assertEqual(picture.read(len(start)), start)

    def test_it_says_which_platform_it_is_for(self):
        with open(os.path.join(self.folder.name, "extension.vsixmanifest"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r'<Identity [^>]*TargetPlatform="linux-(x64|arm64)"')

    def test_nothing_of_the_workshop_is_in_it(self):
        names = [os.path.relpath(os.path.join(folder, name), self.folder.name)
                 for folder, _, files in os.walk(os.path.join(self.folder.name, "extension")) for name in files]
        self.assertIn("extension/dist/extension.cjs", names)
        self.assertIn("extension/server/agent/python/whyalive/__init__.py", names)
        odd = [name for name in names if re.search(r"node_modules|\.map$|\.ts$|__pycache__|test", name)]
        self.assertEqual(odd, [])


if __name__ == "__main__":
    if not os.path.exists(os.path.join(editor_case.BUILD, "whyalive")):
        print("skipped: the server is not built")
        sys.exit(editor_case.SKIPPED)
    try:
        editor_case.prepare_extension()
    except editor_install.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(editor_case.SKIPPED)
    unittest.main()
